import postgres from "postgres";
import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { createServers, post, type ServerProcess } from "../support/server-process.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";

const isLong = process.env.ENDURANCE === "long";
const servers = createServers();
afterAll(() => servers.close());
const password = "correct horse battery";

/** Sign-ups at once, and kill -9 when some are answered; the addresses of all that were. */
async function killAfter(server: ServerProcess, most: number, name: string): Promise<string[]> {
  const answered: string[] = [];
  const signUps = Array.from({ length: 12 }, async (_, index) => {
    const email = `${name}-${index}@example.com`;
    const answer = await post(server.url, "registration.register", { email, password }).catch(() => null);
    if (answer?.status === 200) answered.push(email);
    if (answered.length === most) server.signal("SIGKILL");
  });
  await Promise.all(signUps);
  expect(await server.ended).toBeNull();
  return answered;
}

async function rounds(count: number, env: Record<string, string>) {
  const answered: string[] = [];
  let server = await servers.start(env);
  for (let round = 0; round < count; round++) {
    answered.push(...(await killAfter(server, 1 + (round % 8), `round${round}`)));
    server = await servers.start(env, server.folder);
  }
  return { server, answered };
}

test("the embedded database loses nothing that was answered, however often its server is killed", {
  timeout: 900_000,
}, async () => {
  const { server, answered } = await rounds(isLong ? 50 : 2, {});
  for (const email of answered) {
    expect([email, (await post(server.url, "auth.login", { email, password })).status]).toEqual([email, 200]);
  }
  expect(await server.end()).toBe(0);
});

test("of killed instances on PostgreSQL every answered sign-up is there once, and every mail goes out", {
  timeout: 300_000,
}, async () => {
  const database = await createTestDatabase();
  const sql = postgres(database.url ?? "", { max: 1, onnotice: () => {} });
  const smtp: SmtpSink = await startSmtpServer();
  const env = { DATABASE_URL: database.url ?? "", SMTP_URL: smtp.url, MAIL_FROM: "no-reply@example.com" };
  const { server, answered } = await rounds(isLong ? 5 : 2, env);
  const users = await sql`select email from keywright.users`;
  const emails = users.map(({ email }) => String(email));
  expect(emails).toEqual(expect.arrayContaining(answered));
  expect(new Set(emails).size).toBe(emails.length);
  await expect
    .poll(() => sql`select 1 from keywright.outbox where status <> 'sent'`, { timeout: 30_000, interval: 500 })
    .toEqual([]);
  expect(new Set(smtp.mails.map(({ to }) => to))).toEqual(new Set(emails));
  expect(await server.end()).toBe(0);
  await sql.end();
  await smtp.stop();
  await database.drop();
});

test("a killed instance's mails are taken over by another within seconds (O7)", { timeout: 120_000 }, async () => {
  const database = await createTestDatabase();
  const hanging = await startSmtpServer();
  const smtp = await startSmtpServer();
  hanging.hangAt(/./);
  const env = {
    DATABASE_URL: database.url ?? "",
    MAIL_FROM: "no-reply@example.com",
    KEYWRIGHT_SECRET: "7f1d0a6c2b9e4853a1f07c6d5e8b3942",
  };
  const first = await servers.start({ ...env, SMTP_URL: hanging.url });
  await post(first.url, "registration.register", { email: "left@example.com", password });
  await expect.poll(() => hanging.connections(), { timeout: 10_000 }).toBeGreaterThan(0);
  const second = await servers.start({ ...env, SMTP_URL: smtp.url });
  await new Promise((resolve) => setTimeout(resolve, 9_000));
  expect(smtp.mails).toEqual([]);
  const killedAt = performance.now();
  await first.end("SIGKILL");
  await expect.poll(() => smtp.mails.length, { timeout: 30_000, interval: 100 }).toBe(1);
  expect(performance.now() - killedAt).toBeLessThan(10_000);
  await second.end();
  await hanging.stop();
  await smtp.stop();
  await database.drop();
});
