import postgres from "postgres";
import type { Headers } from "./load.js";
import type { Program } from "./processes.js";
import type { Usage } from "./program.js";
import { type Answer, send } from "./send.js";

/** A running account system, with accounts and sessions. */
export interface Site {
  program: Program;
  /** Before anybody called. */
  atStart: Usage;
  /** URL of the session check. */
  check: string;
  /** Headers of the signed-in callers, by transport. */
  sessions: { cookie: Headers[]; bearer: Headers[] };
  /** Signs somebody in; a different account for each number. */
  signIn(number: number, headers?: Headers): Promise<Answer>;
}

export const people = 10_000;
/** As many sessions are checked. With a few, calls of one moment would ask for the same rows. */
export const callers = 1_000;
/** Part of every answer that knows its caller. */
export const addressMark = "@example.com";
export const password = "correct horse battery";
/** As sent by a page of its own, which better-auth requires for a sign-in. */
const fromPage = { "content-type": "application/json", origin: "http://127.0.0.1:3000" };

/** Everybody's address but the first account's. */
const peopleRows = `create temp table emails as
  select 'person' || n || '@example.com' as e from generate_series(1, ${people - 1}) n`;

export function emailOf(number: number): string {
  return `person${number % people}@example.com`;
}

/** Runs the statements with a table `emails (e)` of everybody but the first. */
export async function fill(database: string, statements: string[]): Promise<void> {
  await withSql(database, async (sql) => {
    for (const statement of [peopleRows, ...statements]) await sql.unsafe(statement);
    await sql`vacuum analyze`;
  });
}

export async function withSql(database: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(database, { max: 1 });
  await work(sql).finally(() => sql.end());
}

/** The same for every caller, a few at a time. */
export async function eachCaller<Result>(work: (number: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < callers; first += 10) {
    results.push(...(await Promise.all(Array.from({ length: 10 }, (_, index) => work(first + index)))));
  }
  return results;
}

/** Throws an `Error` unless each of them is signed in, as the account with its number. */
export async function expectSignedIn(check: string, headers: Headers[]): Promise<void> {
  await eachCaller(async (number) => {
    const { body } = await send(check, { headers: headers[number] ?? {} });
    if (!body.includes(`"${emailOf(number)}"`)) throw new Error(`${check} does not know a caller: ${body}`);
  });
}

/** An answer's cookies, as a browser sends them back. */
export function cookiesOf({ headers }: Answer): string[] {
  return (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";", 1)[0] ?? "");
}

export async function post(url: string, input: object, headers: Headers): Promise<Answer> {
  const body = JSON.stringify(input);
  const length = { "content-length": String(Buffer.byteLength(body)) };
  return await send(url, { method: "POST", headers: { ...fromPage, ...length, ...headers } }, body);
}

/** Its body. */
export function expectOk({ url, status, body }: Answer): string {
  if (status !== 200) throw new Error(`${url} answered ${status}: ${body.slice(0, 300)}`);
  return body;
}
