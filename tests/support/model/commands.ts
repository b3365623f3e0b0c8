import fc from "fast-check";
import { calmDown } from "./calm.js";
import { checkWorld, fail } from "./checks.js";
import type { Program } from "./program.js";
import type { Message, Wire } from "./wire.js";
import type { World } from "./world.js";

export type Step = fc.AsyncCommand<World, World>;

/** Steps that were made, over all runs. */
export interface Counter {
  steps: number;
  /** At which of them something was wrong first. */
  firstFault: number | null;
}

interface Doing {
  says: string;
  isPossible?: (world: World) => boolean;
  does(world: World): void | Promise<void>;
}

type Call = Parameters<World["make"]>[2];

const tabs = fc.nat(1);
const people = fc.nat(1);

/** Everything that can happen to a browser with two tabs. */
export function stepsIn(counter: Counter): fc.Arbitrary<Step>[] {
  const step = ({ says, isPossible = () => true, does }: Doing): Step => ({
    check: isPossible,
    async run(world) {
      counter.steps++;
      await does(world);
      await world.time.settle();
      checkWorld(world);
    },
    toString: () => says,
  });
  const call = (name: string, make: Call) =>
    tabs.map((tab) =>
      step({ says: `tab ${tab + 1}: ${name}`, does: (world) => world.make(world.program(tab), name, make) }),
    );
  const inTab = (
    name: string,
    does: (program: Program, world: World) => void,
    isPossible = (_program: Program) => true,
  ) =>
    tabs.map((tab) =>
      step({
        says: `tab ${tab + 1}: ${name}`,
        isPossible: (world) => isPossible(world.program(tab)),
        does: (world) => does(world.program(tab), world),
      }),
    );
  const onWire = (name: string, does: (wire: Wire, message: Message, world: World) => void) =>
    fc.nat(4).map((at) =>
      step({
        says: `wire: ${name} (${at})`,
        isPossible: ({ wire }) => wire.pending().length > at,
        does(world) {
          const message = world.wire.pending()[at];
          if (message) does(world.wire, message, world);
        },
      }),
    );
  const signIn = fc.tuple(tabs, people, fc.constantFrom(true, true, true, false)).map(([tab, who, isRight]) => {
    return step({
      says: `tab ${tab + 1}: signs ${who === 0 ? "Ada" : "Bob"} in${isRight ? "" : " by a wrong password"}`,
      does(world) {
        const { email = "", password = "" } = world.server.people[who] ?? {};
        const input = { email, password: isRight ? password : "wrong" };
        world.make(world.program(tab), "auth.login", (client, signal) => client.auth.login.mutate(input, { signal }));
      },
    });
  });
  const read: Call = (client, signal) => client.user.me.query(undefined, { signal });
  const arrive = onWire("arrives", (wire, message) => wire.arrive(message));
  return [
    signIn,
    signIn,
    call("auth.logout", (client, signal) => client.auth.logout.mutate(undefined, { signal })),
    call("user.me", read),
    call("user.me and posts.mine", (client, signal) => Promise.all([read(client, signal), client.posts.mine.query()])),
    call("user.update", (client, signal) => client.user.update.mutate({ firstName: "Lady" }, { signal })),
    call("posts.create", (client, signal) => client.posts.create.mutate({ text: "Hello" }, { signal })),
    tabs.map((tab) =>
      step({ says: `tab ${tab + 1}: session.refresh`, does: (world) => refresh(world, world.program(tab)) }),
    ),
    inTab("is watched", (program) => program.watch(false)),
    inTab("is watched by somebody who throws", (program) => program.watch(true)),
    inTab(
      "is watched less",
      (program) => program.unwatch(),
      (program) => program.isWatched(),
    ),
    inTab("hides or shows", turnVisible),
    inTab("gets the focus", ({ window }) => void window.dispatchEvent(new Event("focus"))),
    inTab("is online", ({ window }) => void window.dispatchEvent(new Event("online"))),
    inTab("is restored", restore),
    tabs.map((tab) => step({ says: `tab ${tab + 1}: is loaded anew`, does: (world) => reload(world, tab) })),
    arrive,
    arrive,
    arrive,
    arrive,
    onWire("is answered", (wire, message) => void wire.reach(message)),
    onWire("arrives twice", (wire, message) => wire.arriveTwice(message)),
    onWire("is dropped", (wire, message) => wire.drop(message)),
    onWire("is answered in vain", (wire, message, world) =>
      loseAnswer(world, message, () => wire.reach(message) && wire.drop(message)),
    ),
    onWire("loses its answer's body", (wire, message, world) => loseAnswer(world, message, () => wire.tear(message))),
    onWire("meets a proxy's page", (wire, message) => wire.fail(message)),
    onWire("is limited", (wire, message) => wire.limit(message, 120)),
    onWire("hangs", (wire, message) => wire.hang(message)),
    fc.nat(4).map((at) =>
      step({
        says: `call ${at} is given up`,
        isPossible: (world) => world.open().length > at,
        does: (world) => world.open()[at]?.giveUp(),
      }),
    ),
    fc
      .constantFrom(1, 100, 5_001, 30_001, 121_000, 301_000, 3_600_000, 8 * 86_400_000)
      .map((ms) => step({ says: `${ms} ms pass`, does: (world) => passTime(world, ms) })),
    fc
      .constantFrom(-3_600_000, 3_600_000, -86_400_000, 86_400_000)
      .map((ms) => step({ says: `the clock is set by ${ms / 3_600_000} h`, does: (world) => setClock(world, ms) })),
    people.map((who) =>
      step({
        says: `the server ends all sessions of ${who === 0 ? "Ada" : "Bob"}`,
        does: (world) => endSessions(world, who),
      }),
    ),
    fc.constant(step({ says: "the network is well", does: calmDown })),
  ];
}

function refresh(world: World, program: Program): Promise<void> {
  const before = world.wire.count();
  world.make(program, "session.refresh", (client) => client.session.refresh());
  return world.time.settle().then(() => {
    const isAsked = world.wire
      .of(program.sender)
      .some(({ id, paths }) => id > before && paths.includes("auth.session"));
    if (!isAsked) fail(program, "session.refresh joins an older question");
  });
}

function turnVisible({ document }: Program): void {
  document.visibilityState = document.visibilityState === "visible" ? "hidden" : "visible";
  document.dispatchEvent(new Event("visibilitychange"));
}

function restore(program: Program): void {
  if (program.isWatched()) program.table.restored();
  program.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
}

/** The new page is looked at as the old one was. */
function reload(world: World, tab: number): void {
  const { listeners } = world.program(tab);
  const watched = listeners.map(({ isFaulty }) => isFaulty);
  world.restart(tab);
  for (const isFaulty of watched) world.program(tab).watch(isFaulty);
}

function loseAnswer(world: World, message: Message, lose: () => void): void {
  if (message.paths.includes("user.update")) world.setUntold(true);
  lose();
}

async function passTime(world: World, ms: number): Promise<void> {
  await world.time.pass(ms);
}

/** Whether a session has ended can then not be told by the clock. */
function setClock(world: World, ms: number): void {
  world.device.clockOffMs += ms;
  world.setUntold(true);
}

function endSessions(world: World, who: number): void {
  for (const session of world.server.sessions.all) {
    if (session.person === world.server.people[who]) session.isOver = true;
  }
  world.setUntold(true);
}
