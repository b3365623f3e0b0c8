import type { Program, State } from "./program.js";
import type { Deed } from "./server.js";
import type { Shown } from "./table.js";
import type { World } from "./world.js";

const patienceMs = 30_000;
const mutations = ["auth.logout", "user.update", "posts.create"];

/** What must be so after each step, whatever has happened. Throws what is wrong, in words. */
export function checkWorld(world: World): void {
  for (const deed of world.takeDeeds()) checkDeed(world, deed);
  for (const program of world.programs) {
    checkShown(program);
    checkAsking(world, program);
    checkListeners(program);
  }
}

/** Nothing is done for anybody but whom the page showed when the call was made. */
function checkDeed({ made }: World, { path, call, session }: Deed): void {
  const maker = made.find(({ id }) => id === call);
  if (!maker || !mutations.includes(path)) return;
  const { session: believed, user } = maker.shown;
  if (believed === null || believed.id === session.id) return;
  fail(
    maker.program,
    `${path} was made as ${user.firstName}'s ${believed.id}, and done for ${session.person.name}'s ${session.id}`,
  );
}

function checkShown({ client, table, ...program }: Program): void {
  const state = client.session.get();
  const [is, meant] = [JSON.stringify(shownIn(state)), JSON.stringify(table.shown())];
  if (is !== meant) fail(program, `it shows ${is} where ${meant} is meant`);
  const parts = [state, state.user, state.session].filter((part) => part !== null);
  if (!parts.every((part) => Object.isFrozen(part))) fail(program, "its state is not frozen");
}

function shownIn({ status, user, session, error }: State): Shown {
  return {
    status,
    person: user?.id ?? null,
    session: session?.id ?? null,
    firstName: user?.firstName ?? null,
    hasError: error !== null,
  };
}

function checkAsking(world: World, program: Program): void {
  const { table, clock, client } = program;
  const questions = world.wire.of(program.sender).filter(({ paths }) => paths.includes("auth.session"));
  const waits = clock.waits().filter((ms) => ms > 0);
  const chains = waits.filter((ms) => ms !== patienceMs);
  const deadlines = waits.filter((ms) => ms === patienceMs);
  if (chains.length > 1) fail(program, `it has ${chains.length} chains of questions`);
  if (deadlines.length !== questions.length) {
    fail(program, `it has ${questions.length} questions under way, and ${deadlines.length} deadlines`);
  }
  if (table.mustAsk()) fail(program, "it does not ask, although who is signed in may have changed");
  const isOpen = table.shown().status === "loading" || table.shown().hasError;
  const isLooking = program.isWatched() && program.isVisible();
  if (isOpen && isLooking && !table.isAsked() && chains.length === 0)
    fail(program, "somebody waits, and nothing is asked");
  const isRefreshed = world.open().some((made) => made.program === program && made.name === "session.refresh");
  if (client.session.get().isRefreshing && !isRefreshed) fail(program, "it says that it is refreshing, and is not");
}

function checkListeners({ listeners, reported, ...program }: Program): void {
  const heard = listeners.filter(({ isFaulty }) => isFaulty).reduce((sum, listener) => sum + listener.heard, 0);
  const faults = reported.splice(0).length;
  for (const listener of listeners) listener.heard = 0;
  if (heard !== faults) fail(program, `${heard} listeners threw, and ${faults} faults were reported`);
}

export function fail({ name }: { name: string }, what: string): never {
  throw new Error(`${name}: ${what}.`);
}
