import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The built program. */
export const serverMain = fileURLToPath(new URL("../../apps/server/dist/main.js", import.meta.url));
const READY = /^Keywright is ready at (\S+)(?: \(listening on (\S+)\))?\n/;
const START_MS = 90_000;

const envelope = z.object({
  result: z.object({ data: z.object({ json: z.unknown() }) }).optional(),
  error: z.object({ json: z.object({ message: z.string(), data: z.record(z.string(), z.unknown()) }) }).optional(),
});
const mails = z.array(z.object({ to: z.string(), subject: z.string(), links: z.array(z.string()) }));

export interface ServerProcess {
  /** Its address on this machine, whatever its public one. */
  url: string;
  /** Its working directory. */
  folder: string;
  stdout(): string;
  stderr(): string;
  /** Sends a signal and waits for the end: returns the exit code, or null if the signal itself ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** Closes the reading ends of both outputs, like a log collector that has died. */
  stopReading(): void;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
}

type Environment = Record<string, string>;

/** The servers of one test file, each in its own folder unless told otherwise; `close` leaves nothing behind. */
export function createServers() {
  const processes = new Set<ChildProcess>();
  const folders = new Set<string>();
  const killAll = () => {
    for (const child of processes) child.kill("SIGKILL");
  };
  process.once("exit", killAll);

  async function makeFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "keywright-server-"));
    folders.add(folder);
    return folder;
  }

  /** Starts the built server like `npm start`, on a free port, with nothing in its environment except `env`. */
  async function launch(env: Environment, folder: string) {
    const child = spawn(process.execPath, [serverMain], {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    processes.add(child);
    const said = listenTo(child);
    const ended = once(child, "close").then(() => child.exitCode);
    void ended.then(() => processes.delete(child));
    return { child, said, ended };
  }

  /** Resolves when it serves; if it exits instead, rejects with its output. */
  async function start(env: Environment = {}, folder?: string): Promise<ServerProcess> {
    const place = folder ?? (await makeFolder());
    const { child, said, ended } = await launch(env, place);
    await Promise.race([said.matches(READY), ended, sleep(START_MS, null, { ref: false })]);
    const [, publicUrl, listening] = READY.exec(said.stdout) ?? [];
    const url = listening ? `http://${listening}` : publicUrl;
    if (url === undefined) throw new Error(`The server did not start: ${said.stdout}${said.stderr}`);
    return {
      url,
      folder: place,
      stdout: () => said.stdout,
      stderr: () => said.stderr,
      ended,
      signal: (signal) => void child.kill(signal),
      stopReading() {
        child.stdout.destroy();
        child.stderr.destroy();
      },
      end(signal = "SIGTERM") {
        child.kill(signal);
        return ended;
      },
    };
  }

  /** Starts a server that is expected to refuse to start. */
  async function refusal(env: Environment, folder?: string) {
    const { said, ended } = await launch(env, folder ?? (await makeFolder()));
    const code = await ended;
    return { code, stdout: said.stdout, sentences: said.stderr.split("\n").filter((line) => line !== "") };
  }

  async function close(): Promise<void> {
    killAll();
    await Promise.all([...processes].map((child) => once(child, "close")));
    await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true })));
    process.off("exit", killAll);
  }

  return { start, refusal, makeFolder, close };
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The procedure's output, from superjson's `json`. */
  data: unknown;
  /** `error.data`, if the call was refused. */
  refusal: Record<string, unknown> | null;
  body: string;
}

/** One mutation, called as a script would. */
export async function post(url: string, path: string, input: object, headers: Environment = {}): Promise<Answer> {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ json: input }),
  });
  return await readAnswer(response);
}

/** One query. */
export async function get(url: string, path: string, headers: Environment = {}): Promise<Answer> {
  return await readAnswer(await fetch(`${url}/trpc/${path}`, { headers }));
}

/** Submits a landing page's form, like a browser under `Referrer-Policy: no-referrer`. */
export async function submit(url: string, fields: Environment, headers: Environment = {}): Promise<Response> {
  const browser = { origin: "null", "sec-fetch-site": "same-origin", ...headers };
  return await fetch(url, { method: "POST", headers: browser, body: new URLSearchParams(fields) });
}

/** The newest link to `path` that was mailed to `address`, once it has arrived. */
export async function mailedLink({ url }: ServerProcess, address: string, path = "/verify-email"): Promise<URL> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const all = mails.parse(await (await fetch(`${url}/dev/mailbox.json`)).json());
    const links = all.filter(({ to }) => to === address).flatMap((mail) => mail.links);
    const found = links.find((link) => new URL(link).pathname === path);
    if (found) return new URL(found);
    await sleep(100);
  }
  throw new Error(`No mail with a link to ${path} came to ${address}.`);
}

async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const body = await response.text();
  const { result, error } = envelope.parse(JSON.parse(body));
  return { status, headers, data: result?.data.json ?? null, refusal: error?.json.data ?? null, body };
}

function listenTo(child: ChildProcess) {
  const said = { stdout: "", stderr: "", matches };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  async function matches(pattern: RegExp): Promise<void> {
    while (!pattern.test(said.stdout)) await once(child.stdout ?? child, "data");
  }
  return said;
}
