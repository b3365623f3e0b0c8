import fc from "fast-check";
import { fail } from "./faults.js";
import type { Program } from "./program.js";
import type { Call, Maker, Steps } from "./steps.js";
import type { World } from "./world.js";

const read: Call = (client, signal) => client.user.me.query(undefined, { signal });

/** What the people at a device do. */
export function stepsOfPrograms({ kind, step, call, inProgram }: Maker): Steps[] {
  const who = fc.record({ at: fc.nat(1), person: fc.nat(1), isRight: fc.constantFrom(true, true, true, false) });
  const signIn = who.map(({ at, person, isRight }) =>
    step({
      says: `${kind} ${at + 1}: signs ${nameOf(person)} in${isRight ? "" : " by a wrong password"}`,
      does(world) {
        const { email = "", password = "" } = world.server.people[person] ?? {};
        const input = { email, password: isRight ? password : "wrong" };
        world.make(world.program(at), "auth.login", (client, signal) => client.auth.login.mutate(input, { signal }));
      },
    }),
  );
  return [
    signIn,
    signIn,
    call("auth.logout", (client, signal) => client.auth.logout.mutate(undefined, { signal })),
    call("auth.logout everywhere", (client, signal) => client.auth.logout.mutate({ everywhere: true }, { signal })),
    call("user.me", read),
    call("user.me and posts.mine", (client, signal) => Promise.all([read(client, signal), client.posts.mine.query()])),
    call("user.update", (client, signal) => client.user.update.mutate({ firstName: "Lady" }, { signal })),
    call("posts.create", (client, signal) => client.posts.create.mutate({ text: "Hello" }, { signal })),
    inProgram("session.refresh", refresh),
    inProgram("is watched", (program) => program.watch(false)),
    inProgram("is watched by somebody who throws", (program) => program.watch(true)),
    inProgram("is watched less", (program) => program.unwatch()),
    fc.nat(1).map((at) => step({ says: `${kind} ${at + 1}: is started anew`, does: (world) => restart(world, at) })),
    fc.nat(4).map((at) =>
      step({
        says: `call ${at} is given up`,
        isPossible: (world) => world.open().length > at,
        does: (world) => world.open()[at]?.giveUp(),
      }),
    ),
  ];
}

/** What only pages know of. */
export function stepsOfTabs({ inProgram }: Maker): Steps[] {
  return [
    inProgram("hides or shows", turnVisible),
    inProgram("gets the focus", ({ window }) => window.dispatchEvent(new Event("focus"))),
    inProgram("is online", ({ window }) => window.dispatchEvent(new Event("online"))),
    inProgram("is restored", restore),
  ];
}

/** Where the token is kept is not always at hand. */
export function stepsOfApps({ step }: Maker): Steps[] {
  const moods = fc.constantFrom("quick", "slow", "fails", "hangs").map((mood) =>
    step({
      says: `the keychain ${mood === "quick" || mood === "slow" ? `is ${mood}` : mood}`,
      does({ keychain }) {
        keychain.mood = mood;
      },
    }),
  );
  return [moods];
}

function nameOf(person: number): string {
  return person === 0 ? "Ada" : "Bob";
}

async function refresh(program: Program, world: World): Promise<void> {
  const before = world.wire.count();
  world.make(program, "session.refresh", (client) => client.session.refresh());
  await world.time.settle();
  const questions = world.wire.of(program.sender).filter(({ paths }) => paths.includes("auth.session"));
  // An app may have to read or renew its token first.
  const isAsked = world.kind === "app" || questions.some(({ id }) => id > before);
  if (!isAsked) fail(program, "session.refresh joins an older question");
}

/** It is looked at as before. */
function restart(world: World, at: number): void {
  const watched = world.program(at).listeners.map(({ isFaulty }) => isFaulty);
  world.restart(at);
  for (const isFaulty of watched) world.program(at).watch(isFaulty);
}

function turnVisible({ document }: Program): void {
  document.visibilityState = document.visibilityState === "visible" ? "hidden" : "visible";
  document.dispatchEvent(new Event("visibilitychange"));
}

function restore(program: Program): void {
  if (program.isWatched()) program.table.restored();
  program.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
}
