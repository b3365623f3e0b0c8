/** Something is wrong with a program. */
export function fail({ name }: { name: string }, what: string): never {
  throw new Error(`${name}: ${what}.`);
}
