import postgres from "postgres";
import { z } from "zod";
import type { Headers } from "./load.js";
import type { Postgres } from "./postgres.js";
import { type Program, startProgram } from "./processes.js";

/** A running account system, with accounts and sessions. */
export interface Site {
  program: Program;
  /** URL of the session check. */
  check: string;
  /** Headers of some signed-in callers, by transport. */
  sessions: { cookie: Headers[]; bearer: Headers[] };
  /** Signs somebody in; a different account for each number. */
  signIn(number: number, headers?: Headers): Promise<Response>;
}

const people = 10_000;
const signedIn = 20;
const password = "correct horse battery";
/** As sent by a page of its own, which better-auth requires for a sign-in. */
const fromPage = { "content-type": "application/json", origin: "http://127.0.0.1:3000" };
/** Asks for tokens instead of a cookie. */
export const bearerTransport = { "keywright-transport": "bearer" };

export async function startKeywright(server: Postgres): Promise<Site & { database: string }> {
  const database = await server.createDatabase("keywright");
  const program = await startProgram("keywright", database);
  const call = (path: string, input: object, headers: Headers = {}) =>
    post(`${program.url}/trpc/${path}`, { json: input }, headers);
  const signIn = (number: number, headers: Headers = {}) =>
    call("auth.login", { email: emailOf(number), password }, headers);
  await expectOk(await call("registration.register", { email: emailOf(0), password }));
  await fill(database, keywrightRows);
  const cookies = await eachSignedIn((number) => signIn(number));
  const tokens = await eachSignedIn((number) => signIn(number, bearerTransport));
  return {
    program,
    database,
    // As the client sends it.
    check: `${program.url}/trpc/user.me?batch=1&input=%7B%7D`,
    sessions: { cookie: cookies.map(cookieOf), bearer: await Promise.all(tokens.map(bearerOf)) },
    signIn,
  };
}

export async function startBetterAuth(server: Postgres): Promise<Site> {
  const database = await server.createDatabase("better_auth");
  const program = await startProgram("better-auth", database);
  const call = (path: string, input: object) => post(`${program.url}/api/auth/${path}`, input, {});
  const signIn = (number: number) => call("sign-in/email", { email: emailOf(number), password });
  await expectOk(await call("sign-up/email", { name: "", email: emailOf(0), password }));
  await fill(database, betterAuthRows);
  const cookies = await eachSignedIn(signIn);
  return {
    program,
    check: `${program.url}/api/auth/get-session`,
    sessions: { cookie: cookies.map(cookieOf), bearer: [] },
    signIn,
  };
}

const emailRows = `create temp table emails as
  select 'person' || n || '@example.com' as e from generate_series(1, ${people - 1}) n`;

/** Everybody has the first account's password and hash: checking takes just as long, and the accounts exist at once. */
const keywrightRows = [
  `insert into keywright.users (id, email, email_key, email_verified_at, created_at)
    select gen_random_uuid(), e, e, now(), now() from emails`,
  `insert into keywright.passwords
    select u.id, p.hash, now() from keywright.users u, keywright.passwords p where u.id <> p.user_id`,
  `insert into keywright.sessions (id, token_hash, user_id, expires_at, absolute_expires_at, next_check_at, created_at,
      last_seen_at, authenticated_at, is_remembered)
    select gen_random_uuid(), sha256(id::text::bytea), id, now() + '9 days', now() + '9 days', now() + '9 days', now(),
      now(), now(), true from keywright.users`,
];

const betterAuthRows = [
  `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
    select md5(e), '', e, true, now(), now() from emails`,
  `insert into account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
    select md5(u.id), u.id, a."providerId", u.id, a.password, now(), now()
    from "user" u, account a where u.id <> a."userId"`,
  `insert into session (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
    select md5(id), md5('token' || id), id, now() + '9 days', now(), now() from "user"`,
];

async function fill(database: string, statements: string[]): Promise<void> {
  const sql = postgres(database, { max: 1 });
  for (const statement of [emailRows, ...statements]) await sql.unsafe(statement);
  await sql`vacuum analyze`;
  await sql.end();
}

function emailOf(number: number): string {
  return `person${number % people}@example.com`;
}

async function eachSignedIn(signIn: (number: number) => Promise<Response>): Promise<Response[]> {
  const answers = await Promise.all(Array.from({ length: signedIn }, (_, number) => signIn(number)));
  await Promise.all(answers.map((answer) => expectOk(answer.clone())));
  return answers;
}

function cookieOf(answer: Response): Headers {
  const pairs = answer.headers.getSetCookie().map((cookie) => cookie.split(";", 1)[0]);
  return { cookie: pairs.join("; ") };
}

const signInAnswer = z.object({
  result: z.object({ data: z.object({ json: z.object({ tokens: z.object({ accessToken: z.string() }) }) }) }),
});

async function bearerOf(answer: Response): Promise<Headers> {
  const { result } = signInAnswer.parse(await answer.json());
  return { ...bearerTransport, authorization: `Bearer ${result.data.json.tokens.accessToken}` };
}

function post(url: string, body: object, headers: Headers): Promise<Response> {
  return fetch(url, { method: "POST", headers: { ...fromPage, ...headers }, body: JSON.stringify(body) });
}

async function expectOk(answer: Response): Promise<void> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text.slice(0, 300)}`);
}
