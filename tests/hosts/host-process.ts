import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { createEmptyDatabase } from "../support/database.js";
import { freePort } from "../support/free-port.js";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";

/** How an app of `examples/hosts` is started. */
export interface HostCommand {
  command: string;
  args: string[];
  /** Its working directory. */
  cwd: string;
  /** Path of the procedures. */
  trpc: string;
}

/** An app that runs on its host, with a database, a mail server and a sign-in provider of its own. */
export interface RunningHost {
  origin: string;
  trpc: string;
  idp: IdentityProvider;
  smtp: SmtpSink;
  /** How many connections to its database there are. */
  connections(): Promise<number>;
  /** What it has written so far. */
  output(): string;
  close(): Promise<void>;
}

const startMs = 60_000;

export async function startHost({ command, args, cwd, trpc }: HostCommand): Promise<RunningHost> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const database = await createEmptyDatabase();
  const smtp = await startSmtpServer();
  const idp = await startIdentityProvider({ redirectUris: [`${origin}/oauth/acme/callback`] });
  const child = spawn(
    command,
    args.map((arg) => arg.replace("PORT", String(port))),
    {
      cwd,
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        PUBLIC_URL: origin,
        DATABASE_URL: database.url,
        SMTP_URL: smtp.url,
        KEYWRIGHT_SECRET: "a secret for the hosts, long enough to be one",
        TRUSTED_PROXY_HOPS: "1",
        OIDC_ISSUER: idp.issuer,
        OIDC_CLIENT_ID: idp.clientId,
        OIDC_CLIENT_SECRET: idp.clientSecret,
        NEXT_TELEMETRY_DISABLED: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = once(child, "close");
  const close = async () => {
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(kill);
    await Promise.all([idp.close(), smtp.stop(), database.drop()]);
  };
  if (await answers(`${origin}${trpc}/auth.config`, () => child.exitCode === null)) {
    return { origin, trpc, idp, smtp, connections: () => connectionsTo(database.url), output: () => output, close };
  }
  await close();
  throw new Error(`${args.join(" ")} did not start: ${output}`);
}

async function connectionsTo(url: string): Promise<number> {
  const sql = postgres(url, { max: 1 });
  const counted = "select count(*)::int as n from pg_stat_activity where datname = current_database()";
  const [row] = await sql.unsafe(counted).finally(() => sql.end());
  return Number(row?.n) - 1;
}

/** Waits until a host serves; false if it ends, or takes too long. */
async function answers(url: string, isAlive: () => boolean): Promise<boolean> {
  const deadline = performance.now() + startMs;
  while (isAlive() && performance.now() < deadline) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return true;
    await sleep(100);
  }
  return false;
}
