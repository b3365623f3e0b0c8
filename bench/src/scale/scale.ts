import { randomBytes } from "node:crypto";
import { type Postgres, startPostgres } from "../postgres.js";
import { whole } from "../tables.js";
import { type Cost, measureCost } from "./costs.js";
import { type Crew, measureInstances } from "./instances.js";
import { firstTimes, laterPurge, operations, purgeMany } from "./operations.js";
import { type Pair, pair } from "./pairs.js";
import { closePlace, createPlace, openPlace, type Place } from "./place.js";
import { findPlans, type Plan } from "./plans.js";
import { type Population, populationOf } from "./population.js";
import { findRoom } from "./room.js";
import { findMasses, findUpkeep, type Mass, type Upkeep } from "./tables-at-rest.js";

export interface Growth {
  small: Population;
  large: Population;
  pairs: Pair[];
  costs: Cost[];
  crews: Crew[];
  plans: Plan[];
  masses: Mass[];
  upkeep: Upkeep[];
  /** Of a vacuum of the sessions, after all of this. */
  vacuumSeconds: number;
}

export type Progress = (line: string) => void;

/** A database of this size has more memory than the defaults give it, and a log that is long enough for it. */
export const settings = [
  "shared_buffers = 2GB",
  "max_wal_size = 4GB",
  // What is inserted into a new table need not be logged; nobody reads the log.
  "wal_level = minimal",
  "max_wal_senders = 0",
  "max_parallel_maintenance_workers = 0",
  "max_parallel_workers_per_gather = 0",
];
const smallUsers = 10_000;
const rounds = 5;

/** Measures the same operations with 10,000 users and with many; null if the disk has too little room. */
export async function measureGrowth(users: number, progress: Progress): Promise<Growth | null> {
  const large = populationOf(users);
  const room = await findRoom(large);
  progress(room.sentence);
  if (!room.isEnough) return null;
  // The instances share tokens; and sign-ins measure the statements, not the hash.
  Object.assign(process.env, {
    KEYWRIGHT_SECRET: randomBytes(32).toString("base64"),
    KEYWRIGHT_BCRYPT_COST: "4",
  });
  const postgres = await startPostgres(settings);
  const places: Place[] = [];
  const create = async (name: string, population: Population) =>
    await createPlace(postgres, { name, population }, progress);
  const open = async (database: string, population: Population) => {
    progress(`signing callers in, ${whole(population.users)} users`);
    const place = await openPlace(database, population);
    places.push(place);
    return place;
  };
  try {
    const small = populationOf(smallUsers);
    const databases = { small: await create("small", small), large: await create("large", large) };
    const sides = { small: await open(databases.small, small), large: await open(databases.large, large) };
    return await measure(postgres, sides, progress);
  } finally {
    for (const place of places) await closePlace(place);
    progress("removing everything");
    await postgres.stop();
  }
}

export async function measure(
  postgres: Pick<Postgres, "onLog">,
  { small, large }: { small: Place; large: Place },
  progress: Progress,
): Promise<Growth> {
  const masses = await findMasses(large);
  const pairs: Pair[] = [];
  const compare = async (operation: Parameters<typeof pair>[0], rounds: number) => {
    progress(operation.name);
    for (const place of [small, large]) await operation.prepare?.(place);
    const found = await pair(operation, { small, large, rounds });
    progress(`${found.small.toFixed(2)} ms and ${found.large.toFixed(2)} ms, × ${found.ratio.toFixed(2)}`);
    pairs.push(found);
  };
  for (const operation of firstTimes) await compare(operation, 1);
  for (const operation of operations) await compare(operation, rounds);
  progress("purging 1 % of the sessions");
  for (const place of [small, large]) await purgeMany(place);
  await compare(laterPurge, rounds);
  const costs: Cost[] = [];
  for (const operation of operations.slice(0, -1)) {
    progress(`cost: ${operation.name}`);
    costs.push(await measureCost(large, operation));
  }
  const crews = await measureInstances(large, { most: 3, rounds: 3, seconds: 4 }, progress);
  progress("plans");
  const plans = await findPlans(postgres, large, [...operations]);
  progress("vacuum");
  const upkeep = await findUpkeep(large);
  const startedAt = performance.now();
  await large.sql`vacuum keywright.sessions`;
  const vacuumSeconds = (performance.now() - startedAt) / 1000;
  return {
    ...{ small: small.population, large: large.population },
    ...{ pairs, costs, crews, plans, masses, upkeep, vacuumSeconds },
  };
}
