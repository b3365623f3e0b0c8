import { createHash } from "node:crypto";
import { type Connection, connect } from "@keywright/db";
import postgres, { type Sql } from "postgres";
import { z } from "zod";
import type { Headers } from "../load.js";
import type { Postgres } from "../postgres.js";
import { type Program, startProgram } from "../processes.js";
import { fill } from "./fill.js";
import { cookieToken, type Population, randomPerson, sessionId } from "./population.js";

/** A filled database, an instance of Keywright on it, and callers who are signed in. */
export interface Place {
  database: string;
  population: Population;
  program: Program;
  /** The application's own queries. */
  connection: Connection;
  /** For everything else. */
  sql: Sql;
  cookies: Headers[];
  bearers: BearerCaller[];
  /** Numbers of some accounts. */
  people: number[];
  /** People who were registered since. */
  newcomers: number;
  /** Where the last batch of a purge began. */
  purgedFrom: Date | null;
}

export interface BearerCaller {
  accessToken: string;
  refreshToken: string;
}

/** How many sessions are used, by cookie and by token, and how many accounts, chosen from all over the tables. */
export const callers = { cookies: 1_000, bearers: 500, people: 1_000 };
export const password = "correct horse battery";
const tokensAnswer = z.object({
  result: z.object({ data: z.object({ json: z.object({ accessToken: z.string(), refreshToken: z.string() }) }) }),
});

/** Creates a database and fills it; returns its URL. */
export async function createPlace(
  server: Postgres,
  { name, population }: { name: string; population: Population },
  progress: (line: string) => void,
): Promise<string> {
  const database = await server.createDatabase(name);
  const program = await startProgram("keywright", database);
  await call(program, "registration.register", { email: "first@example.com", password });
  await program.stop();
  await fill(database, population, (line) => progress(`${name}: ${line}`));
  return database;
}

/** Starts an instance, and signs callers in. */
export async function openPlace(database: string, population: Population): Promise<Place> {
  const program = await startProgram("keywright", database);
  const sql = postgres(database, { max: 1, onnotice: () => {} });
  const connection = await connect(database);
  const people = Array.from({ length: callers.people }, () => randomPerson(population.users));
  const place = { database, population, program, sql, connection, people, newcomers: 0, purgedFrom: null };
  const cookies = numbers(callers.cookies, population, "cookie").map((number) => ({
    cookie: `keywright-session=${cookieToken(number)}`,
  }));
  return { ...place, cookies, bearers: await signInBearers(place) };
}

export async function closePlace({ program, sql, connection }: Place): Promise<void> {
  await connection.close();
  await sql.end({ timeout: 1 });
  await program.stop();
}

/** Calls a mutation as the client sends it. Throws an `Error` if it is refused. */
export async function call({ url }: Program, path: string, input: object): Promise<unknown> {
  const answer = await fetch(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: "http://127.0.0.1:3000" },
    body: JSON.stringify({ json: input }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

export async function checkSession(program: Program, headers: Headers): Promise<void> {
  const answer = await fetch(`${program.url}/trpc/user.me?batch=1&input=%7B%7D`, { headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`A session check answered ${answer.status}: ${text.slice(0, 300)}`);
}

/** Exchanges a refresh token: the caller goes on with its successor. */
export async function refresh(program: Program, caller: BearerCaller): Promise<void> {
  const { refreshToken } = caller;
  const answer = await call(program, "auth.refreshToken", { refreshToken });
  Object.assign(caller, tokensAnswer.parse(answer).result.data.json);
}

export function bearerHeaders({ accessToken }: BearerCaller): Headers {
  return { "keywright-transport": "bearer", authorization: `Bearer ${accessToken}` };
}

/** Gives stored sessions a token that is known, and exchanges it for one with the server's signature. */
async function signInBearers({ sql, program, population }: Pick<Place, "sql" | "program" | "population">) {
  const chosen = numbers(callers.bearers, population, "bearer");
  const rows = z
    .array(z.object({ id: z.uuid() }))
    .parse(await sql.unsafe(`select ${sessionId} as id from unnest(array[${chosen}]::bigint[]) n`));
  const bearers = rows.map(({ id }) => ({ id, accessToken: "", refreshToken: unsignedToken(id) }));
  for (const { id, refreshToken } of bearers) {
    const hash = createHash("sha256").update(refreshToken).digest();
    await sql`update keywright.refresh_tokens set current_hash = ${hash} where session_id = ${id}`;
  }
  for (const caller of bearers) await refresh(program, caller);
  return bearers;
}

/** In the form of a refresh token: session, generation, random part, and a signature, here zeros. */
function unsignedToken(id: string): string {
  const bytes = Buffer.alloc(68);
  bytes.write(id.replaceAll("-", ""), "hex");
  return `kwr_${bytes.toString("base64url")}`;
}

/** Of different sessions, at random. */
function numbers(count: number, { sessions }: Population, transport: "cookie" | "bearer"): number[] {
  const chosen = new Set<number>();
  const groups = Math.floor(sessions / 3) - 1;
  while (chosen.size < Math.min(count, groups)) {
    const first = 3 * (1 + Math.floor(Math.random() * groups));
    chosen.add(transport === "bearer" ? first : first + 1);
  }
  return [...chosen];
}
