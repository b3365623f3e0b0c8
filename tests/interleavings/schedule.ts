import type { Bell, Player } from "./player.js";

/** Whose statement goes next, where both have one: `prefix`, and after it always `rest`. */
export interface Order {
  prefix: string;
  rest: "A" | "B";
}

export interface Board {
  players: readonly [Player, Player];
  bell: Bell;
  /** The processes that wait for a lock. */
  waiting(): Promise<Set<number>>;
}

const lookMs = 3;
const longestMs = 20_000;

/**
 * Lets the statements of two calls through in an order, until both have ended. A statement that waits for a lock leaves
 * the turn to the other call. Returns the choices that were made.
 */
export async function follow(board: Board, { prefix, rest }: Order): Promise<string> {
  const [first, second] = board.players;
  const until = performance.now() + longestMs;
  const stuck = new Set<Player>();
  let choices = "";
  for (;;) {
    await settle(board, stuck, until);
    const [canFirst, canSecond] = board.players.map((player) => player.phase() === "held");
    if (canFirst && canSecond) {
      const choice = prefix[choices.length] ?? rest;
      choices += choice;
      (choice === "A" ? first : second).release();
    } else if (canFirst) first.release();
    else if (canSecond) second.release();
    else if (board.players.every((player) => player.phase() === "done")) return choices;
    // Both wait for locks: the database finds out.
    else await changed(board, 10);
  }
}

/**
 * Waits until each player has a statement to let through, waits for a lock, or is done. Whoever waited for one before
 * is looked at right away.
 */
async function settle(board: Board, stuck: Set<Player>, until: number): Promise<void> {
  for (;;) {
    const busy = board.players.filter(isBusy);
    if (busy.length === 0) return stuck.clear();
    const isLook =
      busy.every((player) => player.phase() === "asked" && stuck.has(player)) || !(await changed(board, lookMs));
    if (performance.now() > until) throw new Error(`The two calls do not end: ${describe(board)}`);
    if (!isLook || !busy.some((player) => player.phase() === "asked")) continue;
    const waiting = await board.waiting();
    stuck.clear();
    for (const player of busy) if (player.pids().some((pid) => waiting.has(pid))) stuck.add(player);
    if (board.players.filter(isBusy).every((player) => stuck.has(player))) return;
  }
}

function describe({ players }: Board): string {
  return players.map((player) => `${player.phase()} after ${player.sent.at(-1)?.text ?? "nothing"}`).join("; ");
}

function isBusy(player: Player): boolean {
  return player.phase() === "asked" || player.phase() === "thinking";
}

/** False if nothing happened in that time. */
function changed({ bell }: Board, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      bell.cancel(rung);
      resolve(false);
    }, ms);
    const rung = () => {
      clearTimeout(late);
      resolve(true);
    };
    bell.next(rung);
  });
}
