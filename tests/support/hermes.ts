import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The example's own packages, wherever npm has put them. */
const exampleRequire = createRequire(fileURLToPath(new URL("../../examples/native/package.json", import.meta.url)));

const programs: Partial<Record<NodeJS.Platform, string>> = {
  darwin: "osx-bin/hermes",
  linux: "linux64-bin/hermes",
  win32: "win64-bin/hermes.exe",
};
/** Precedes a message, to tell it apart from the prompt's own output. */
const mark = "\u0001";

const message = z.object({
  id: z.number(),
  name: z.string().optional(),
  value: z.unknown().optional(),
  error: z.string().optional(),
});
type Message = z.input<typeof message>;

export interface Hermes {
  /** Calls what the code in the machine registered with `serve`. Rejects if that does, or if the machine exits. */
  call(name: string, input?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Does by name, for the machine, what a phone would do natively. */
export type Natives = Record<string, (input: unknown) => unknown>;

/**
 * Runs a bundle on the bare Hermes virtual machine; they communicate as described in
 * `examples/native/headless/host.ts`.
 */
export function startHermes(code: string, natives: Natives): Hermes {
  const machine = spawn(programPath(), ["-prompt="], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(machine, "close");
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;

  function write(line: string): void {
    if (machine.stdin.writable) machine.stdin.write(`${line}\n`);
  }
  const send = (content: Message) => write(`receive("${encoded(JSON.stringify(content))}")`);

  async function serve({ id, name = "", value }: Message): Promise<void> {
    try {
      const native = natives[name];
      if (!native) throw new Error(`No phone does "${name}".`);
      send({ id, value: (await native(value)) ?? null });
    } catch (error) {
      send({ id, error: String(error) });
    }
  }

  function fail(error: Error): void {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  function hear(line: string): void {
    if (line.startsWith(mark)) receive(message.parse(JSON.parse(line.slice(mark.length))));
    else if (line.includes("Uncaught")) fail(new Error(`In the machine: ${line}`));
  }

  function receive(content: Message): void {
    if (content.name !== undefined) return void serve(content);
    const caller = waiting.get(content.id);
    waiting.delete(content.id);
    if (content.error === undefined) caller?.resolve(content.value);
    else caller?.reject(new Error(content.error));
  }

  createInterface(machine.stdout).on("line", hear);
  void ended.then(() => fail(new Error("The machine has ended.")), fail);
  write(`var nativeLoggingHook = (value) => print("\\u0001" + JSON.stringify({ id: 0, name: "log", value }))`);
  write(`(0,eval)(decodeURIComponent("${encoded(code)}"))`);
  return {
    call(name, input = null) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send({ id, name, value: input });
      });
    },
    async close() {
      machine.stdin.end();
      await ended;
    },
  };
}

/** Only letters, digits and `%`, so that the prompt takes every line as complete, whatever it says. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~_.-]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function programPath(): string {
  const program = programs[process.platform];
  if (!program) throw new Error(`hermes-engine-cli has no program for ${process.platform}.`);
  return join(dirname(exampleRequire.resolve("hermes-engine-cli/package.json")), program);
}
