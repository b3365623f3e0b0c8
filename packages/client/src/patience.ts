/** Fails after half a minute, and then tells `ask` to stop: React Native's own `fetch` waits for ever. */
export function inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopper = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error("No answer within 30 seconds."));
      stopper.abort();
    }, 30_000);
    ask(stopper.signal)
      .then(resolve, reject)
      .then(() => clearTimeout(timer));
  });
}
