/**
 * A promise of rows with a `values` method: all that Drizzle needs of a pending query. It is called at once or never.
 */
export function pending(start: (isRaw: boolean) => Promise<unknown>) {
  let isRaw = false;
  const rows = Promise.resolve().then(() => start(isRaw));
  const values = () => {
    isRaw = true;
    return rows;
  };
  return Object.assign(rows, { values });
}
