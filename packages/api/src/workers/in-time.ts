/** The outcome of `work`, or after `ms` a rejection: nobody waits for ever for an app's code. */
export async function inTime<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  return await Promise.race([work, end]).finally(() => clearTimeout(timer));
}
