import { checkWorld } from "./checks.js";
import { unended } from "./checks-of-apps.js";
import { shownIn } from "./checks-of-tabs.js";
import { fail } from "./faults.js";
import type { Made, Program, State } from "./program.js";
import type { World } from "./world.js";

/** The longest pause between two attempts, and what a server may ask for. */
const longestMs = 500_000;
const quietMs = 5_001;
const patienceMs = 30_000;
/** What the client asks by itself has a deadline. */
const own = /auth\.(session|refreshToken|revokeToken)/;

/** The network is well again, and time passes: then every call is answered, and every page shows what is so. */
export async function calmDown(world: World): Promise<void> {
  // What it has not answered yet, it never will.
  const { isStuck } = world.keychain;
  Object.assign(world.keychain, { mood: "quick", isStuck: false });
  const isPatient = (passedMs: number) => !isStuck || passedMs > patienceMs;
  await passUntil(world, (passedMs) => isCalm(world) && isPatient(passedMs) && unended(world, "running") === null);
  expectEnded(unended(world, "running"));
  for (const { name, program } of world.open()) fail(program, `${name} is never answered`);
  const isKnown = world.kind === "tab" && !world.isUntold();
  for (const program of lookedAt(world)) expectSettled(world, program, isKnown ? "right" : "settled");
  await lookAgain(world);
  // What an earlier run has left to end is told with the first answer, and may have been another program's session.
  if (world.kind === "app") await lookAgain(world);
  for (const program of lookedAt(world)) expectSettled(world, program, "right");
  world.setUntold(false);
}

/** Tabs ask when they come to the front; in an app, somebody has to. */
async function lookAgain(world: World): Promise<void> {
  await world.time.pass(quietMs);
  for (const program of world.kind === "tab" ? lookedAt(world) : world.programs) {
    if (world.kind === "tab") program.window.dispatchEvent(new Event("focus"));
    else world.make(program, "session.refresh", (client) => client.session.refresh());
  }
  await passUntil(world, () => isCalm(world) && unended(world) === null);
  expectEnded(unended(world));
}

function expectEnded(goesOn: Made | null): void {
  if (goesOn) fail(goesOn.program, `${goesOn.shown.session?.id} has been signed out, and goes on at the server`);
}

async function passUntil(world: World, isDone: (passedMs: number) => boolean): Promise<void> {
  await comeThrough(world);
  for (let passedMs = 0; passedMs < longestMs && !isDone(passedMs); passedMs += quietMs) {
    await world.time.pass(quietMs);
    await comeThrough(world);
  }
}

function lookedAt({ programs }: World): Program[] {
  return programs.filter((program) => program.isWatched() && program.isVisible());
}

function isCalm(world: World): boolean {
  const states = lookedAt(world).map(({ client }) => client.session.get());
  const isOpen = states.some((state) => isUnsettled(state) && state.error?.name !== "TokenStoreError");
  return !isOpen && world.open().length === 0 && [...world.wire.pending(), ...world.wire.hung()].length === 0;
}

/** Everything arrives, in the order in which it was sent. What hangs is given up by the network, but for questions. */
async function comeThrough(world: World): Promise<void> {
  const { wire, time } = world;
  for (const message of wire.hung()) {
    if (!own.test(message.paths.join())) wire.drop(message);
    await step(world);
  }
  // Tabs tell each other within a millisecond.
  for (let turn = world.kind === "tab" ? 0 : 2; turn < 3; turn++) {
    for (let [message] = wire.pending(); message; [message] = wire.pending()) {
      wire.arrive(message);
      await step(world);
    }
    await time.pass(1);
    checkWorld(world);
  }
}

async function step(world: World): Promise<void> {
  await world.time.settle();
  checkWorld(world);
}

function isUnsettled({ status, error }: State): boolean {
  return status === "loading" || status === "offline" || error !== null;
}

function expectSettled(world: World, program: Program, how: "settled" | "right"): void {
  const state = program.client.session.get();
  // Nobody is to be asked for a fingerprint again and again: what could not be read is left until somebody wants it.
  if (how === "settled" && state.error?.name === "TokenStoreError") return;
  if (isUnsettled(state)) fail(program, `it shows ${JSON.stringify(shownIn(state))} with the network well`);
  if (how === "settled") return;
  const [shown, truth] = [state.session?.id ?? null, world.truth()?.id ?? null];
  // Another program may have put another token where this one's was.
  const isOthers = world.kind === "app" && (shown === null ? program.isUnsaved() : world.server.sessions.find(shown));
  const isRight = isOthers || shown === truth;
  if (!isRight) fail(program, `it shows ${shown} where the server has ${truth}`);
}
