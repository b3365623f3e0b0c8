import { fail } from "./faults.js";
import type { Program, State } from "./program.js";
import type { Shown } from "./table.js";
import type { World } from "./world.js";

const patienceMs = 30_000;

/** A tab shows what the table says. */
export function checkShown({ client, table, ...program }: Program): void {
  const [is, meant] = [JSON.stringify(shownIn(client.session.get())), JSON.stringify(table.shown())];
  if (is !== meant) fail(program, `it shows ${is} where ${meant} is meant`);
}

export function shownIn({ status, user, session, error }: State): Shown {
  return {
    status,
    person: user?.id ?? null,
    session: session?.id ?? null,
    firstName: user?.firstName ?? null,
    hasError: error !== null,
  };
}

/** It asks when it has to, in one chain, and for half a minute at most. */
export function checkTabAsking(world: World, program: Program): void {
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
  const isRefreshed = world
    .open()
    .some((made) => made.program.name === program.name && made.name === "session.refresh");
  if (client.session.get().isRefreshing && !isRefreshed) fail(program, "it says that it is refreshing, and is not");
}
