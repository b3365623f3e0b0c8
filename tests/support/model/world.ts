import { createChannels } from "./channels.js";
import type { ClientCode } from "./client-code.js";
import { createProgram, type Made, type Program } from "./program.js";
import { createModelServer } from "./server.js";
import { createTime } from "./time.js";
import { createWire, type Message } from "./wire.js";

export type World = ReturnType<typeof createWorld>;

/** A browser with two tabs, at a server that is far away. */
export function createWorld(code: ClientCode) {
  const time = createTime();
  const server = createModelServer(time);
  const wire = createWire(server);
  const device = { clockOffMs: 0 };
  const jar: { cookie: string | null } = { cookie: null };
  const made: Made[] = [];
  const channelOf = createChannels(time);
  const programs: Program[] = [];
  const start = (index: number) => {
    const around = { code, time, wire, device, jar, channel: channelOf(() => programAt(programs, index)) };
    programs[index] = createProgram(`tab ${index + 1}`, around);
  };
  start(0);
  start(1);
  const counts = { made: 0, strayed: 0 };
  let isUntold = false;
  return {
    time,
    server,
    wire,
    device,
    jar,
    programs,
    made,
    /** Whether something has happened that nobody told a tab. */
    isUntold: () => isUntold || wire.strayed() > counts.strayed,
    setUntold(is: boolean) {
      isUntold = is;
      counts.strayed = wire.strayed();
    },
    program: (index: number) => programAt(programs, index),
    /** The tab is loaded anew. */
    restart(index: number) {
      const old = programAt(programs, index);
      old.end();
      for (const call of made) if (call.program === old) call.outcome = "refused";
      start(index);
    },
    open: () => made.filter(({ outcome }) => outcome === "open"),
    /** What a call is for: a message of its own, if it is on its way. */
    messageOf: ({ id }: Made): Message | null => wire.pending().find(({ call }) => call === id) ?? null,
    /** Makes a call; what comes of it is kept. */
    make(program: Program, name: string, call: (client: Program["client"], signal: AbortSignal) => Promise<unknown>) {
      const stopper = new AbortController();
      const id = `${name} ${++counts.made}`;
      const shown = program.client.session.get();
      const one: Made = { id, name, program, shown, outcome: "open", giveUp: () => stopper.abort() };
      made.push(one);
      program
        .call(id, (client) => call(client, stopper.signal))
        .then(
          () => "answered" as const,
          () => "refused" as const,
        )
        .then((outcome) => {
          one.outcome = outcome;
        });
    },
    /** Who is signed in in this browser, if the server is asked now. */
    truth: () => server.sessions.byCookie(jar.cookie ?? undefined),
    takeDeeds: () => server.deeds.splice(0),
  };
}

function programAt(programs: readonly Program[], index: number): Program {
  const program = programs[index % programs.length];
  if (!program) throw new Error("There is no such tab.");
  return program;
}
