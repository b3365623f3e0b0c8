import {
  createFetchHandler,
  createKeywright,
  type Keywright,
  type KeywrightConfig,
  type LogEntry,
  type Mail,
} from "@keywright/api";
import { createKeywrightClient, type KeywrightClient, memoryTokens } from "@keywright/client";
import type { Connection } from "@keywright/db";
import { z } from "zod";
import { createBrowser } from "./browser.js";
import { createTestDatabase, type TestDatabase } from "./database.js";
import { appRouter } from "./router.js";

export const publicUrl = "https://localhost:3000";
export const testSecret = "Jx4vQ9mLr2TsWc7hNy0KpZ6dBg3aUeRf8oVi1nSwE5t=";

/** Counted across all apps of a file, since some share a database. */
const people = { count: 0 };

export interface TestUser {
  email: string;
  password: string;
  username: string;
}

export type Visit = { transport?: "cookie" | "bearer"; ip?: string; headers?: Record<string, string> };
export type TestConfig = Partial<Omit<KeywrightConfig, "database" | "now">>;
export type TestApp = Awaited<ReturnType<typeof createTestApp>>;

/**
 * A Keywright for one test file: real SQL, the real HTTP handler, the real client; only mail and clock are under the
 * test's control. With `shared` it is another instance on the database of an existing app.
 */
export async function createTestApp(config: TestConfig = {}, shared: TestDatabase | null = null) {
  const database = shared ?? (await createTestDatabase());
  const clock = { offsetMs: 0 };
  const statements: string[] = [];
  const logs: LogEntry[] = [];
  const connection = await database.connect({ onStatement: (sql) => statements.push(sql) });
  const mails = mailboxOf(database);
  const keywright = await createKeywright({
    secret: testSecret,
    publicUrl,
    ...config,
    limits: { ...generousLimits, ...config.limits },
    password: { bcryptCost: 4, ...config.password },
    mail: { pollMs: 60_000, ...config.mail },
    database: connection,
    mailer: config.mailer ?? { send: async (mail) => void mails.push(mail), close: async () => {} },
    log: (entry) => logs.push(entry),
    now: () => new Date(Date.now() + clock.offsetMs),
  });
  const hasher = countHasher(keywright);
  const handle = createFetchHandler({ router: appRouter, endpoint: "/trpc", createContext: keywright.createContext });

  /** A browser, or with `bearer` an app on a phone, that has never been here before. */
  function visitor({ transport = "cookie", ip = "127.0.0.1", headers = {} }: Visit = {}): KeywrightClient {
    const browser = createBrowser((request) => handle(request, ip), headers);
    return createKeywrightClient({
      url: publicUrl,
      fetch: browser.fetch,
      ...(transport === "bearer" ? { tokens: memoryTokens() } : {}),
    });
  }

  async function addUser(details: Partial<TestUser> = {}): Promise<TestUser> {
    const name = `person${++people.count}`;
    const user = { email: `${name}@example.com`, username: name, password: "correct horse", ...details };
    await visitor().registration.register.mutate(user);
    const token = await tokenFromMail(user.email);
    await visitor().registration.verifyEmail.mutate({ token });
    return user;
  }

  async function signedIn(user: TestUser, visit: Visit = {}): Promise<KeywrightClient> {
    const client = visitor(visit);
    await client.auth.login.mutate({ email: user.email, password: user.password });
    return client;
  }

  /** Another instance's worker may have just taken a mail, so this waits for its lease. */
  async function deliverMail(): Promise<void> {
    const leased = "select id from keywright.outbox where status = 'pending' and locked_until is not null";
    const deadline = performance.now() + 5_000;
    do await keywright.deliverMail();
    while ((await rowsOf(connection, leased)).length > 0 && performance.now() < deadline);
  }

  async function mailTo(address: string): Promise<Mail> {
    // Another instance's worker may be taking it right now, which shows only when that is committed.
    for (let attempt = 0; attempt < 50; attempt++) {
      await deliverMail();
      const mail = mails.findLast(({ to }) => to === address);
      if (mail) return mail;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`There is no mail to ${address}.`);
  }

  async function tokenFromMail(address: string): Promise<string> {
    const { links } = await mailTo(address);
    const token = new URL(links[0] ?? "").searchParams.get("token");
    if (token === null) throw new Error(`The mail to ${address} has no link with a token.`);
    return token;
  }

  /** Does `work` while this instance's mail worker is idle: what is queued meanwhile stays queued. */
  async function withMailAtRest<T>(work: () => Promise<T>): Promise<T> {
    const { mailQueued } = keywright.deps;
    keywright.deps.mailQueued = () => {};
    // Once for deliveries in progress, and again for the turns that the worker takes afterwards.
    for (let turn = 0; turn < 3; turn++) await keywright.deliverMail();
    return await work().finally(() => {
      keywright.deps.mailQueued = mailQueued;
    });
  }

  async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
    return await withMailAtRest(async () => {
      statements.length = 0;
      await work();
      return [...statements];
    });
  }

  /** The statements that this instance makes in this many milliseconds when nobody calls it. */
  async function statementsIn(ms: number): Promise<string[]> {
    statements.length = 0;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return [...statements];
  }

  /**
   * The cost of `work`: its statements, without limits and the worker's polls, and its calls of the password hasher.
   */
  async function costOf(work: () => Promise<unknown>) {
    const before = { ...hasher };
    const all = await statementsOf(work);
    return {
      statements: all.filter(
        (sql) =>
          !/"rate_limits"|^update "keywright"."outbox" set .* unnest\(|"beats" from "keywright"."outbox"/.test(sql),
      ),
      hashes: hasher.hashes - before.hashes,
      verifies: hasher.verifies - before.verifies,
    };
  }

  async function limitStatementsOf(work: () => Promise<unknown>): Promise<number> {
    return (await statementsOf(work)).filter((sql) => sql.includes('"rate_limits"')).length;
  }

  /** A raw call, for requests that our client would never send. */
  function post(path: string, input: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const body = JSON.stringify({ json: input });
    const all = { "content-type": "application/json", ...headers };
    return handle(new Request(`${publicUrl}/trpc/${path}`, { method: "POST", headers: all, body }), "127.0.0.1");
  }

  function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return handle(new Request(`${publicUrl}/trpc/${path}`, { headers }), "127.0.0.1");
  }

  return {
    keywright,
    database,
    post,
    get,
    sql: (text: string) => rowsOf(connection, text),
    engine: database.engine,
    mails,
    logs,
    handle,
    visitor,
    addUser,
    signedIn,
    deliverMail,
    mailTo,
    tokenFromMail,
    withMailAtRest,
    costOf,
    statementsIn,
    limitStatementsOf,
    secret: config.secret ?? testSecret,
    offsetMs: () => clock.offsetMs,
    travel: (ms: number) => {
      clock.offsetMs += ms;
    },
    close: async () => {
      await keywright.close();
      if (!shared) await database.drop();
    },
  };
}

const mailboxes = new WeakMap<TestDatabase, Mail[]>();

/** One per database: the outbox belongs to the database, and whichever instance gets to a mail first delivers it. */
function mailboxOf(database: TestDatabase): Mail[] {
  const mails = mailboxes.get(database) ?? [];
  mailboxes.set(database, mails);
  return mails;
}

/** Limits have their own tests; elsewhere they are too high to matter, but not switched off. */
const generousLimits = {
  passwordTriesPerAccount: 100_000,
  mailsPerAddressPerHour: 100_000,
  changesPerAccountPerHour: 100_000,
  signInsPerIpPerMinute: 100_000,
  registrationsPerIpPerMinute: 100_000,
  mailsPerIpPerMinute: 100_000,
  tokenCallsPerIpPerMinute: 100_000,
};

/** The drivers differ: PGlite wraps its rows. */
async function rowsOf(connection: Connection, text: string): Promise<Record<string, unknown>[]> {
  const result: unknown = await connection.db.execute(text);
  const rows = Array.isArray(result) ? result : z.object({ rows: z.array(z.unknown()) }).parse(result).rows;
  return z.array(z.record(z.string(), z.unknown())).parse([...rows]);
}

function countHasher({ deps }: Keywright) {
  const counts = { hashes: 0, verifies: 0 };
  const { hash, verify } = deps.passwords;
  deps.passwords = {
    hash: (password) => {
      counts.hashes++;
      return hash(password);
    },
    verify: (stored, password) => {
      counts.verifies++;
      return verify(stored, password);
    },
  };
  return counts;
}
