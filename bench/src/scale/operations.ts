import { findUserByEmail, type Purged, purgeSessions } from "@keywright/db";
import { bearerHeaders, call, callers, checkSession, type Place, password, refresh } from "./place.js";
import { randomPerson, userId } from "./population.js";

/** Something that is done one at a time and takes its time. */
export interface Operation {
  name: string;
  /** How often in each round. */
  times: number;
  /** Reads what has not been read before, mostly from the disk: this is shown, and has no target. */
  isCold?: boolean;
  prepare?(place: Place): Promise<void>;
  /** For the caller with this number. */
  run(place: Place, number: number): Promise<void>;
}

const purgeLimit = 200;
const purges = 10;

export const operations: Operation[] = [
  {
    name: "session check, cookie",
    times: 200,
    run: async ({ program, cookies }, number) => await checkSession(program, at(cookies, number)),
  },
  {
    name: "session check, bearer",
    times: 200,
    run: async ({ program, bearers }, number) => await checkSession(program, bearerHeaders(at(bearers, number))),
  },
  { name: "sign-in, anybody (bcrypt at cost 4)", times: 60, run: signIn },
  { name: "registration", times: 60, run: register },
  {
    name: "refresh of a token",
    times: 60,
    run: async ({ program, bearers }, number) => await refresh(program, at(bearers, number)),
  },
  { name: "look-up by address", times: 200, run: lookUp },
  { name: "purge of 200 sessions", times: purges, prepare: expire, run: purge },
];

/** The same with many dead rows, which vacuum has not removed yet. */
export const laterPurge: Operation = {
  name: "the same, 1 % purged since vacuum",
  times: purges,
  prepare: expire,
  run: purge,
};

/** The same people for the first time; a session's use is recorded with its first check. */
export const firstTimes: Operation[] = [
  {
    name: "session check, cookie, the first of each",
    times: callers.cookies,
    isCold: true,
    run: async ({ program, cookies }, number) => await checkSession(program, at(cookies, number)),
  },
  { name: "look-up by address, the first of each", times: callers.people, isCold: true, run: lookUp },
];

/** Sessions of anybody that expired some days ago. */
export async function addExpired(
  { sql, population }: Place,
  { count, daysAgo }: { count: number; daysAgo: number },
): Promise<void> {
  const { users } = population;
  await sql.unsafe(`insert into keywright.sessions (id, token_hash, user_id, expires_at, absolute_expires_at, next_check_at,
      created_at, last_seen_at, authenticated_at, is_remembered, ip, user_agent)
    select gen_random_uuid(), sha256(gen_random_uuid()::text::bytea),
      ${userId(`1 + (n * 7919) % ${users}`)}, at, at, at, at, at, at, true, '203.0.113.7', 'Firefox'
    from (select n, now() - ${daysAgo} * '1 day'::interval - n * '1 millisecond'::interval as at
      from generate_series(1, ${count}::bigint) n) rows`);
}

/** Purges as many sessions as end within hours, and leaves the rows behind for vacuum. */
export async function purgeMany(place: Place): Promise<void> {
  const count = Math.ceil(place.population.sessions / 100);
  await addExpired(place, { count, daysAgo: 3 });
  let from: Date | null = null;
  let left = count;
  while (left > 0) {
    const { removed, first = null }: Purged = await purgeSessions(place.connection.db, {
      now: new Date(),
      limit: 2_000,
      from,
    });
    left = removed === 0 ? 0 : left - removed;
    from = first;
  }
}

async function signIn({ program, population: { users } }: Place): Promise<void> {
  await call(program, "auth.login", { email: `person${randomPerson(users)}@example.com`, password });
}

async function register(place: Place): Promise<void> {
  const username = `newcomer${place.newcomers++}`;
  await call(place.program, "registration.register", { email: `${username}@example.com`, username, password });
}

async function lookUp({ connection: { db }, people }: Place, number: number): Promise<void> {
  const user = await findUserByEmail(db, `person${at(people, number)}@example.com`);
  if (!user) throw new Error("An account is missing.");
}

async function expire(place: Place): Promise<void> {
  place.purgedFrom = null;
  await addExpired(place, { count: 12_000, daysAgo: 0 });
}

/** As housekeeping does it, one batch after the other. */
async function purge(place: Place): Promise<void> {
  const batch = { limit: purgeLimit, from: place.purgedFrom };
  const { removed, first = null } = await purgeSessions(place.connection.db, { now: new Date(), ...batch });
  place.purgedFrom = first;
  if (removed < purgeLimit) throw new Error("There were too few expired sessions.");
}

function at<Item>(items: readonly Item[], number: number): Item {
  const item = items[number % items.length];
  if (item === undefined) throw new Error("Nobody is signed in.");
  return item;
}
