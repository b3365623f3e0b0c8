const patienceMs = 30_000;

/** Fails after half a minute, and then tells `work` to stop: React Native's own `fetch` waits for ever. */
export function inTime<T>(what: string, work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  const stopper = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${what} did not answer within ${patienceMs / 1000} seconds.`));
      stopper.abort();
    }, patienceMs);
    const end = () => clearTimeout(timer);
    (async () => work(stopper.signal))().then(resolve, reject).then(end, end);
  });
}
