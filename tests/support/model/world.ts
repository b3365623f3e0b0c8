import { createChannels } from "./channels.js";
import type { ClientCode } from "./client-code.js";
import { createKeychain, createStorage } from "./keychain.js";
import { createProgram, type Made, type Program } from "./program.js";
import { createModelServer } from "./server.js";
import { createTime } from "./time.js";
import { createWire } from "./wire.js";

export type World = ReturnType<typeof createWorld>;
/** Two tabs of a browser with cookies, or two programs of a phone that keep one token. */
export type Kind = "tab" | "app";

/** One device, at a server that is far away. */
export function createWorld(code: ClientCode, kind: Kind) {
  const time = createTime();
  const server = createModelServer(time);
  const wire = createWire(server);
  const device = { clockOffMs: 0 };
  const jar: { cookie: string | null } = { cookie: null };
  const { keychain, storeFor, sessionId } = createKeychain(time);
  const storage = createStorage();
  const made: Made[] = [];
  const channelOf = createChannels(time);
  const programs: Program[] = [];
  const start = (index: number) => {
    const channel = kind === "tab" ? channelOf(() => programAt(programs, index)) : null;
    const [own, kept] = kind === "app" ? [storeFor, storage] : [null, null];
    // One of the two shows who was signed in last.
    const around = { code, time, wire, device, jar, channel, storeFor: own, storage: index === 0 ? kept : null };
    programs[index] = createProgram(`${kind} ${index + 1}`, around);
  };
  start(0);
  start(1);
  const counts = { made: 0 };
  let isUntold = false;
  return {
    kind,
    time,
    server,
    wire,
    device,
    keychain,
    programs,
    made,
    /** Whether something has happened that nobody told a tab. */
    isUntold: () => isUntold,
    setUntold(is: boolean) {
      isUntold = is;
    },
    program: (index: number) => programAt(programs, index),
    /** The tab is loaded anew, or the app started again. */
    restart(index: number) {
      const old = programAt(programs, index);
      old.end();
      for (const call of made) if (call.program === old && call.outcome === "open") call.outcome = "refused";
      start(index);
    },
    open: () => made.filter(({ outcome }) => outcome === "open"),
    /** Makes a call; what comes of it is kept. */
    make(program: Program, name: string, call: (client: Program["client"], signal: AbortSignal) => Promise<unknown>) {
      const stopper = new AbortController();
      const id = `${name} ${++counts.made}`;
      const shown = program.client.session.get();
      const giveUp = () => stopper.abort();
      const came = { outcome: "open" as const, answer: null };
      const one: Made = { id, name, program, shown, giveUp, ...came };
      made.push(one);
      program
        .call(id, (client) => call(client, stopper.signal))
        .then((answer) => ({ outcome: "answered" as const, answer }))
        .catch((answer: unknown) => ({ outcome: "refused" as const, answer }))
        .then((came) => Object.assign(one, came));
    },
    /** The session that the device has, if the server is asked now. */
    truth: () =>
      kind === "tab" ? server.sessions.byCookie(jar.cookie ?? undefined) : server.sessions.find(sessionId()),
    takeDeeds: () => server.deeds.splice(0),
  };
}

function programAt(programs: readonly Program[], index: number): Program {
  const program = programs[index % programs.length];
  if (!program) throw new Error("There is no such program.");
  return program;
}
