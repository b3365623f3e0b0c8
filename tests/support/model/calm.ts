import { checkWorld, fail } from "./checks.js";
import type { Program } from "./program.js";
import type { World } from "./world.js";

/** The longest pause between two attempts, and what a server may ask for. */
const longestMs = 500_000;
const quietMs = 5_001;

/** The network is well again, and time passes: then every call is answered, and every page shows what is so. */
export async function calmDown(world: World): Promise<void> {
  await comeThrough(world);
  for (let passedMs = 0; passedMs < longestMs && !isCalm(world); passedMs += quietMs) {
    await world.time.pass(quietMs);
    await comeThrough(world);
  }
  for (const { name, program } of world.open()) fail(program, `${name} is never answered`);
  for (const program of lookedAt(world)) expectSettled(world, program, world.isUntold() ? "settled" : "right");
  await world.time.pass(quietMs);
  for (const program of lookedAt(world)) program.window.dispatchEvent(new Event("focus"));
  await comeThrough(world);
  for (const program of lookedAt(world)) expectSettled(world, program, "right");
  world.setUntold(false);
}

function lookedAt({ programs }: World): Program[] {
  return programs.filter((program) => program.isWatched() && program.isVisible());
}

function isCalm(world: World): boolean {
  const isOpen = lookedAt(world).some(({ table }) => table.shown().status === "loading" || table.shown().hasError);
  return !isOpen && world.open().length === 0 && [...world.wire.pending(), ...world.wire.hung()].length === 0;
}

/** Everything arrives, in the order in which it was sent. What hangs is given up by the network, but for questions. */
async function comeThrough(world: World): Promise<void> {
  const { wire, time } = world;
  for (const message of wire.hung()) {
    if (!message.paths.includes("auth.session")) wire.drop(message);
    await step(world);
  }
  // Tabs tell each other within a millisecond.
  for (let turn = 0; turn < 3; turn++) {
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

function expectSettled(world: World, program: Program, how: "settled" | "right"): void {
  const { status, session, hasError } = program.table.shown();
  if (status === "loading" || hasError)
    fail(program, `it stays ${hasError ? "without an answer" : status} with the network well`);
  const truth = world.truth()?.id ?? null;
  if (how === "right" && session !== truth) fail(program, `it shows ${session} where the server has ${truth}`);
}
