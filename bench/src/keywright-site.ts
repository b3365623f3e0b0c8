import { createHash, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Headers } from "./load.js";
import type { Postgres } from "./postgres.js";
import { startProgram } from "./processes.js";
import type { Answer } from "./send.js";
import {
  callers,
  cookiesOf,
  eachCaller,
  emailOf,
  expectOk,
  expectSignedIn,
  fill,
  password,
  post,
  type Site,
  withSql,
} from "./sites.js";

/** Asks for tokens instead of a cookie. */
export const bearerTransport = { "keywright-transport": "bearer" };

export async function startKeywright(server: Postgres): Promise<Site & { database: string }> {
  const database = await server.createDatabase("keywright");
  const program = await startProgram("keywright", database);
  const atStart = await program.usage();
  const call = (path: string, input: object, headers: Headers = {}) =>
    post(`${program.url}/trpc/${path}`, { json: input }, headers);
  const signIn = (number: number, headers: Headers = {}) =>
    call("auth.login", { email: emailOf(number), password }, headers);
  expectOk(await call("registration.register", { email: emailOf(0), password }));
  await fill(database, everybody);
  const cookie = await cookieCallers(database, cookiesOf(await signIn(0)));
  const bearer = await bearerCallers(database, (refreshToken) =>
    call("auth.refreshToken", { refreshToken }, bearerTransport),
  );
  // As the client sends it.
  const check = `${program.url}/trpc/user.me?batch=1&input=%7B%7D`;
  for (const headers of [cookie, bearer]) await expectSignedIn(check, headers);
  return { program, atStart, database, check, sessions: { cookie, bearer }, signIn };
}

/** Everybody has the first account's password and hash: checking takes just as long, and the accounts exist at once. */
const everybody = [
  `insert into keywright.users (id, email, email_key, email_verified_at, created_at)
    select gen_random_uuid(), e, e, now(), now() from emails`,
  `insert into keywright.passwords
    select u.id, p.hash, now() from keywright.users u, keywright.passwords p where u.id <> p.user_id`,
  `insert into keywright.sessions (id, token_hash, user_id, expires_at, absolute_expires_at, next_check_at, created_at,
      last_seen_at, authenticated_at, is_remembered)
    select gen_random_uuid(), sha256(id::text::bytea), id, now() + '9 days', now() + '9 days', now() + '9 days', now(),
      now(), now(), true from keywright.users`,
];

interface NewSession {
  id: string;
  /** Null for a bearer session. */
  tokenHash: string | null;
}

/** Stored rather than signed in, since a thousand hashes take minutes. */
async function cookieCallers(database: string, signedIn: string[]): Promise<Headers[]> {
  const tokens = Array.from({ length: callers }, () => `kws_${randomBytes(32).toString("base64url")}`);
  await addSessions(
    database,
    tokens.map((token) => ({ id: randomUUID(), tokenHash: hashOf(token) })),
  );
  // A browser sends all of the site's cookies, not only the session's.
  const headersOf = (token: string) => ({
    cookie: signedIn.map((pair) => pair.replace(/kws_[\w-]+/, token)).join("; "),
  });
  return tokens.map(headersOf);
}

const tokenAnswer = z.object({ result: z.object({ data: z.object({ json: z.object({ accessToken: z.string() }) }) }) });

/** Each exchanges a refresh token that was stored as the first of its chain. */
async function bearerCallers(database: string, refresh: (refreshToken: string) => Promise<Answer>): Promise<Headers[]> {
  const chains = Array.from({ length: callers }, () => {
    const id = randomUUID();
    return { id, token: refreshTokenOf(id) };
  });
  await addSessions(
    database,
    chains.map(({ id }) => ({ id, tokenHash: null })),
  );
  const rows = chains.map(({ id, token }) => ({ id, hash: hashOf(token) }));
  await withSql(
    database,
    (sql) => sql`
      insert into keywright.refresh_tokens (session_id, generation, current_hash)
      select c.id, 0, decode(c.hash, 'hex') from jsonb_to_recordset(${sql.json(rows)}) c (id uuid, hash text)`,
  );
  return await eachCaller(async (number) => {
    const answer = expectOk(await refresh(chains[number]?.token ?? ""));
    const { accessToken } = tokenAnswer.parse(JSON.parse(answer)).result.data.json;
    return { ...bearerTransport, authorization: `Bearer ${accessToken}` };
  });
}

/** One for each caller, in their order. */
async function addSessions(database: string, sessions: NewSession[]): Promise<void> {
  const rows = sessions.map((session, number) => ({ ...session, email: emailOf(number) }));
  await withSql(
    database,
    (sql) => sql`
      insert into keywright.sessions (id, token_hash, user_id, expires_at, absolute_expires_at, next_check_at,
        created_at, last_seen_at, authenticated_at, is_remembered)
      select s.id, decode(s."tokenHash", 'hex'), u.id, now() + '9 days', now() + '9 days', now() + '9 days',
        now(), now(), now(), true
      from jsonb_to_recordset(${sql.json(rows)}) s (id uuid, "tokenHash" text, email text)
        join keywright.users u on u.email = s.email`,
  );
}

/** Session and generation, then 48 bytes that nobody can guess. */
function refreshTokenOf(sessionId: string): string {
  const session = Buffer.from(sessionId.replaceAll("-", ""), "hex");
  return `kwr_${Buffer.concat([session, Buffer.alloc(4), randomBytes(48)]).toString("base64url")}`;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
