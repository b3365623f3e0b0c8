import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@keywright/db";

const ATTEMPTS = 100;
const WAIT_MS = 100;

/** Makes a database, either a copy of the template or empty, and returns its URL. */
export async function createDatabase(adminUrl: string, prefix: string, template = "template0"): Promise<string> {
  const name = `${prefix}_${randomBytes(6).toString("hex")}`;
  for (let attempt = 1; ; attempt++) {
    const refusal = await execute(adminUrl, `create database ${name} template ${template}`).catch((error) => error);
    if (!refusal) return urlOf(adminUrl, name);
    if (attempt >= ATTEMPTS || !isInUse(refusal)) throw refusal;
    await sleep(WAIT_MS);
  }
}

/** Also closes connections that are still open to it. */
export async function dropDatabase(adminUrl: string, url: string): Promise<void> {
  await execute(adminUrl, `drop database if exists ${nameOf(url)} with (force)`);
}

export function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function urlOf(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function execute(adminUrl: string, statement: string): Promise<void> {
  const connection = await connect(adminUrl);
  await connection.unhurried((db) => db.execute(statement)).finally(() => connection.close());
}

/** "source database is being accessed by other users": autovacuum, or a copy that has just ended. */
function isInUse(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && "code" in cause && cause.code === "55006";
}
