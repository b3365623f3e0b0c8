/**
 * The line between the bare Hermes virtual machine and the Node process that started it. The machine has no sockets, no
 * timers and no storage, but a prompt: what goes out is printed, what comes in is a line that the prompt evaluates.
 */
type Work = (input: unknown) => unknown;
interface Message {
  id: number;
  /** Of a request of the host's; absent in an answer of the host's. */
  name?: string;
  value?: unknown;
  error?: string;
}

declare function print(line: string): void;

const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
const served = new Map<string, Work>();
let lastId = 0;

/** Asks the host for what a phone would do natively. */
export function ask(name: string, value: unknown = null): Promise<unknown> {
  lastId += 1;
  const id = lastId;
  print(`\u0001${JSON.stringify({ id, name, value })}`);
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

/** Answers what the host asks for by this name. */
export function serve(name: string, work: Work): void {
  served.set(name, work);
}

/** Called by the lines that the host writes. In them, everything but letters and digits is encoded for the prompt's sake. */
function receive(encoded: string): void {
  const { id, name, value, error }: Message = JSON.parse(decodeURIComponent(encoded));
  if (name !== undefined) void reply(id, name, value);
  else if (error !== undefined) waiting.get(id)?.reject(new Error(error));
  else waiting.get(id)?.resolve(value);
  if (name === undefined) waiting.delete(id);
}

async function reply(id: number, name: string, input: unknown): Promise<void> {
  try {
    const value = await served.get(name)?.(input);
    print(`\u0001${JSON.stringify({ id, value: value ?? null })}`);
  } catch (error) {
    print(`\u0001${JSON.stringify({ id, error: String(error) })}`);
  }
}

Object.assign(globalThis, { receive });
