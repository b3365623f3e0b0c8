import { paced } from "./load.js";
import type { Site } from "./sites.js";
import { median, percentile } from "./statistics.js";
import { table } from "./tables.js";
import { type Attack, worstRequests } from "./worst-requests.js";

interface Round {
  quietP99: number;
  siegeP99: number;
}

export interface Siege {
  rounds: Round[];
  costs: Cost[];
}

interface Cost {
  name: string;
  status: number;
  /** What the server spends on one such request, all threads together. */
  cpuMs: number;
}

const checksPerSecond = 50;
const attacksPerSecond = 10;
const maxTimesQuiet = 3;
const timesEach = 5;

/** How long others' session checks take while a stranger sends the worst requests, ten a second. */
export async function measureSiege(
  site: Site,
  { rounds, seconds }: { rounds: number; seconds: number },
  progress: (line: string) => void,
): Promise<Siege> {
  const attacks = worstRequests();
  let calls = 0;
  const check = () => checkSession(site, calls++);
  const attack = attackerOf(site, attacks);
  progress("siege: each request by itself");
  const siege: Siege = { rounds: [], costs: await costsOf(site, attacks) };
  await paced({ perSecond: checksPerSecond, seconds: 2 }, check);
  for (let round = 1; round <= rounds; round++) {
    progress(`siege ${round}/${rounds}`);
    const quiet = await paced({ perSecond: checksPerSecond, seconds }, check);
    const besieged = paced({ perSecond: attacksPerSecond, seconds }, attack);
    const during = await paced({ perSecond: checksPerSecond, seconds }, check);
    await besieged;
    siege.rounds.push({ quietP99: percentile(quiet, 99), siegeP99: percentile(during, 99) });
  }
  return siege;
}

export function isHeld(siege: Siege): boolean {
  return timesQuiet(siege) <= maxTimesQuiet && siege.costs.every(({ status }) => status < 500);
}

/** The tables, in Markdown. */
export function reportOfSiege(siege: Siege): string {
  const of = (key: keyof Round) => median(siege.rounds.map((round) => round[key])).toFixed(1);
  const costs = siege.costs.toSorted((one, other) => other.cpuMs - one.cpuMs);
  return [
    table(
      ["Session checks of others, p99", "ms without the stranger", "ms with", "times", "wanted", "met"],
      [
        [
          `${attacksPerSecond} of the worst requests a second`,
          of("quietP99"),
          of("siegeP99"),
          timesQuiet(siege).toFixed(2),
          `≤ ${maxTimesQuiet}`,
          isHeld(siege) ? "yes" : "**no**",
        ],
      ],
    ),
    table(
      ["What the stranger sent", "answer", "server CPU, ms"],
      costs.map(({ name, status, cpuMs }) => [name, String(status), cpuMs.toFixed(1)]),
    ),
  ].join("\n\n");
}

/** The median of the rounds: a slow moment of the machine hits one of the two in a round. */
function timesQuiet({ rounds }: Siege): number {
  return median(rounds.map(({ quietP99, siegeP99 }) => siegeP99 / quietP99));
}

async function costsOf(site: Site, attacks: Attack[]): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const attack of attacks) {
    await send(site, attack);
    const before = await site.program.usage();
    for (let time = 1; time < timesEach; time++) await send(site, attack);
    const status = await send(site, attack);
    const after = await site.program.usage();
    costs.push({ name: attack.name, status, cpuMs: (after.cpuMs - before.cpuMs) / timesEach });
  }
  return costs;
}

function attackerOf(site: Site, attacks: Attack[]): () => Promise<void> {
  let next = 0;
  return async () => {
    const attack = attacks[next++ % attacks.length];
    if (attack) await send(site, attack);
  };
}

async function send({ program }: Site, { path, method, headers, body }: Attack): Promise<number> {
  const answer = await fetch(`${program.url}/trpc/${path}`, { method, headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

async function checkSession({ check, sessions: { cookie } }: Site, call: number): Promise<void> {
  const answer = await fetch(check, { headers: cookie[call % cookie.length] ?? {} });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`A session check answered ${answer.status}.`);
}
