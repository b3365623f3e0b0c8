import { nextOrder, numberOf, ordersOf, randomOf, randomOrder, stopsOf } from "./orders.js";
import { faultOf } from "./outcome.js";
import type { Play, Played, Ring } from "./ring.js";
import type { Order } from "./schedule.js";

/** Two calls that are played at once. */
export interface Pair {
  name: string;
  plays: readonly [Play, Play];
}

export interface Effort {
  seed: number;
  /** How many orders are played, all of them if there are no more; null for those with one stop only. */
  orders: number | null;
  /** The choices of one order to play again, instead of all that. */
  only?: string | undefined;
}

export interface Explored {
  orders: number;
  /** In words, with the order to play it again. */
  faults: string[];
}

/** Plays pairs of calls, and finds the orders of their statements with an outcome that no order of the calls has. */
export function createExplorer(ring: Ring) {
  const alone = [new Map<Play, Played>(), new Map<Play, Played>()] as const;
  const playAlone = async (play: Play, at: 0 | 1): Promise<Played> => {
    const known = alone[at].get(play) ?? (await ring.play(at === 0 ? [play, null] : [null, play], calmly));
    alone[at].set(play, known);
    return known;
  };
  return async ({ name, plays }: Pair, effort: Effort): Promise<Explored> => {
    const [first, second] = [await playAlone(plays[0], 0), await playAlone(plays[1], 1)];
    const serial = [await ring.play(plays, calmly), await ring.play(plays, { prefix: "", rest: "B" })];
    // Some calls count as made when their caller was recognized: nothing of the other's depends on them.
    const [isFirstEarly, isSecondEarly] = name.split(" ‖ ").map((part) => early.test(part));
    if (isFirstEarly) serial.push(await ring.play(plays, { prefix: "A", rest: "B" }));
    if (isSecondEarly) serial.push(await ring.play(plays, { prefix: "B", rest: "A" }));
    const references = {
      serial: serial.map(({ outcome }) => outcome),
      alone: [first.outcome, second.outcome],
    };
    const faults: string[] = [];
    const tried = new Set<string>();
    for (const attempt of attemptsFor([stepsOf(first), stepsOf(second)], name, effort)) {
      // Every other order happens within one millisecond.
      const { outcome, choices, sent } = await ring.play(plays, attempt, tried.size % 2 === 1);
      attempt.choices = choices;
      tried.add(choices);
      const isDeadlock = sent.flat().some(({ code }) => code === "40P01");
      const isAccepted = Object.keys(accepted).some((pair) => name.includes(pair));
      const fault = isDeadlock ? "  a deadlock" : faultOf(outcome, references);
      if (fault !== null && !isAccepted) faults.push(`${name}, in the order ${choices}:\n${fault}`);
    }
    return { orders: tried.size, faults };
  };
}

const early = /\b(?:user\.update|user\.requestEmailChange|social\.start|social\.connect)\b/;

/** What may come of a pair besides, and why that is left as it is. */
const accepted: Record<string, string> = {
  "user.export": "It reads one table after the other, and is not one moment's picture.",
  "social.login unproved ‖ social.login unproved":
    "The second of one person's two sign-ups is answered by mail like a stranger's: looking again who has the address would tell by its cost that somebody has.",
  "mint verify_email ‖ mint reset_password":
    "Both are due at once, so that whichever worker looks first delivers both: the calls are not what goes in turn.",
  "user.delete of the holder ‖ registration.register of a taken address":
    "A username is not held for an account that has gone since its address was seen to be taken. Nobody could time that.",
  "password.change ‖ auth.reauthenticate, one session":
    "Without a password given, the new session is as fresh as the old one was when the call came: the safe side.",
};

const calmly: Order = { prefix: "", rest: "A" };

function stepsOf({ sent }: Played): number {
  return Math.max(1, sent.flat().filter(({ isStep }) => isStep).length);
}

/** What is to be played, and then the choices that it came to. */
type Attempt = Order & { choices: string };

function* attemptsFor(
  [first, second]: readonly [number, number],
  name: string,
  { seed, orders, only }: Effort,
): Generator<Attempt> {
  if (only !== undefined) return yield { prefix: only, rest: "A", choices: "" };
  const stops = stopsOf(first, second);
  const most = orders ?? stops.length;
  if (ordersOf(first, second) <= most || most === Number.POSITIVE_INFINITY) return yield* everyOrder();
  const random = randomOf(seed ^ numberOf(name));
  for (let index = 0; index < most; index++) {
    yield { ...(stops[index] ?? randomOrder(random, first, second)), choices: "" };
  }
}

function* everyOrder(): Generator<Attempt> {
  let next: Order | null = calmly;
  while (next) {
    const attempt: Attempt = { ...next, choices: "" };
    yield attempt;
    next = nextOrder(attempt.choices);
  }
}
