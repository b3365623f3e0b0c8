/** How many there are of each; all other tables follow from these. */
export interface Population {
  users: number;
  sessions: number;
}

export function populationOf(users: number): Population {
  return { users, sessions: 3 * users };
}

/** One insert of many rows. */
export interface Crowd {
  table: string;
  count: number;
  /** Inserts the rows with these numbers, both included. */
  insert(first: number, last: number): string;
}

/** Every third session is a bearer's, with a refresh token. */
export const isBearer = "n % 3 = 0";

/** Like version 7: later sessions have greater ids, and those to come the greatest. */
export const sessionId = `(lpad(to_hex(1790000000000 + n * 40), 12, '0') || '7' || left(md5('session' || n), 3) || '8'
  || substr(md5('session' || n), 4, 15))::uuid`;

/** In the form of a random one, version 4. */
export function userId(number: string): string {
  return `overlay(overlay(md5('user' || ${number}) placing '4' from 13) placing '8' from 17)::uuid`;
}

export function randomPerson(users: number): number {
  return 1 + Math.floor(Math.random() * users);
}

export function cookieToken(number: number): string {
  return `kws_${number}`;
}

const agent = `'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'`;
const ip = `'203.0.113.' || n % 256`;

/**
 * The rows of a system that has been in use for a while, in the order in which they would have come. Everybody has the
 * same password.
 */
export function crowdsOf({ users, sessions }: Population, hash: string): Crowd[] {
  const crowd = (table: string, count: number, select: (rows: string) => string): Crowd => ({
    table,
    count,
    insert: (first, last) =>
      `insert into keywright.${table} ${select(`(select n, n::float8 / ${count} as part
        from generate_series(${first}::bigint, ${last}) n) rows`)}`,
  });
  return [
    crowd("users", users, usersFrom),
    crowd("passwords", users, (rows) => `select ${userId("n")}, '${hash}', now() - '13 days'::interval from ${rows}`),
    crowd("identities", Math.ceil(users / 10), identitiesFrom),
    crowd("sessions", sessions, (rows) => sessionsFrom(rows, users)),
    crowd("refresh_tokens", Math.floor(sessions / 3), refreshTokensFrom),
    crowd("audit_events", Math.ceil(users / 2), (rows) => eventsFrom(rows, users)),
    crowd("outbox", Math.ceil(users / 50), mailsFrom),
    crowd(
      "rate_limits",
      Math.ceil(users / 50),
      (rows) => `select 'password:total:' || ${userId("n")}, 1, now() + '10 minutes'::interval from ${rows}`,
    ),
  ];
}

/** Half of them have a username; one in twenty has never verified the address. */
function usersFrom(rows: string): string {
  return `(id, username, username_key, email, email_key, email_verified_at, first_name, last_name, created_at,
      last_login_at)
    select ${userId("n")}, case when n % 2 = 0 then 'Person' || n end, case when n % 2 = 0 then 'person' || n end,
      'Person' || n || '@example.com', 'person' || n || '@example.com',
      case when n % 20 > 0 then now() - '300 days'::interval end, 'Ada', 'Lovelace',
      now() - '700 days'::interval * (1.0001 - part), now() - '13 days'::interval from ${rows}`;
}

function identitiesFrom(rows: string): string {
  return `(id, user_id, provider, issuer, subject, email, created_at, last_used_at)
    select md5('identity' || n)::uuid, ${userId("n")}, 'google', 'https://accounts.google.com', 100000000000 + n,
      'person' || n || '@example.com', now() - '300 days'::interval, now() - '3 days'::interval from ${rows}`;
}

/** Signed in during the last 13 days, the first ones longest ago; none has expired. */
function sessionsFrom(rows: string, users: number): string {
  const at = `now() - '13 days'::interval * (1.0001 - part)`;
  return `(id, token_hash, user_id, expires_at, absolute_expires_at, next_check_at, created_at, last_seen_at,
      authenticated_at, is_remembered, ip, user_agent)
    select ${sessionId}, case when not ${isBearer} then sha256(('kws_' || n)::bytea) end, ${userId(`1 + n % ${users}`)},
      ${at} + '14 days'::interval, ${at} + '30 days'::interval, ${at} + '14 days'::interval, ${at}, ${at}, ${at},
      true, ${ip}, ${agent} from ${rows}`;
}

function refreshTokensFrom(rows: string): string {
  return `(session_id, generation, current_hash, previous_hash, rotated_at, rotated_by, rotation_salt)
    select ${sessionId}, 7, sha256(('current' || n)::bytea), sha256(('previous' || n)::bytea), now() - '1 day'::interval,
      sha256(('caller' || n % 99)::bytea), md5('salt' || n)::uuid
    from (select 3 * n as n from ${rows}) bearers`;
}

function eventsFrom(rows: string, users: number): string {
  return `(id, user_id, kind, ip, user_agent, at)
    select md5('event' || n)::uuid, ${userId(`1 + (n * 7919) % ${users}`)}, 'session.started', ${ip}, ${agent},
      now() - '300 days'::interval * (1.0001 - part) from ${rows}`;
}

function mailsFrom(rows: string): string {
  return `(id, kind, user_id, status, created_at, next_attempt_at, settled_at)
    select md5('mail' || n)::uuid, 'new_sign_in_notice', ${userId("n")}, 'sent', at, at, at
    from (select n, now() - '6 days'::interval * (1.0001 - part) as at from ${rows}) mails`;
}
