import { checkAppAnswers, checkAppAsking, checkOffline } from "./checks-of-apps.js";
import { checkShown, checkTabAsking } from "./checks-of-tabs.js";
import { fail } from "./faults.js";
import type { Made, Program } from "./program.js";
import type { Deed } from "./server.js";
import type { World } from "./world.js";

/** What must be so after each step, whatever has happened. Throws what is wrong, in words. */
export function checkWorld(world: World): void {
  for (const deed of world.takeDeeds()) checkDeed(world, deed);
  for (const program of world.programs) {
    if (world.kind === "tab") {
      checkShown(program);
      checkTabAsking(world, program);
    } else {
      checkAppAsking(world, program);
      checkOffline(world, program);
    }
    checkFrozen(program);
    checkListeners(program);
  }
  if (world.kind === "app") checkAppAnswers(world);
}

/** Nothing is done for anybody but whom the page showed when the call was made. */
function checkDeed(world: World, { path, call, session }: Deed): void {
  const maker = world.made.find(({ id }) => id === call);
  if (!maker || path === "auth.session") return;
  if (world.kind === "tab" && /^(user\.me|posts\.mine)$/.test(path)) return;
  if (isMeantFor(world, maker, session)) return;
  const { program, shown } = maker;
  const by = shown.session ? `${shown.user.firstName}'s ${shown.session.id}` : shown.status;
  fail(program, `${path} was made as ${by}, and done for ${session.person.name}'s ${session.id}`);
}

/** A page with a cookie cannot say that it shows nobody; a program with a token sends it, or not. */
function isMeantFor({ kind }: World, { shown }: Made, { id, person }: Deed["session"]): boolean {
  if (kind === "tab") return shown.session === null || shown.session.id === id;
  return shown.user === null ? shown.status === "loading" || shown.error !== null : shown.user.id === person.id;
}

function checkFrozen({ client, ...program }: Program): void {
  const state = client.session.get();
  const parts = [state, state.user, state.session].filter((part) => part !== null);
  if (!parts.every((part) => Object.isFrozen(part))) fail(program, "its state is not frozen");
}

function checkListeners({ listeners, reported, ...program }: Program): void {
  const heard = listeners.filter(({ isFaulty }) => isFaulty).reduce((sum, listener) => sum + listener.heard, 0);
  const faults = reported.splice(0).length;
  for (const listener of listeners) listener.heard = 0;
  if (heard !== faults) fail(program, `${heard} listeners threw, and ${faults} faults were reported`);
}
