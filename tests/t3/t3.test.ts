import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launchChromium, type Page, photograph } from "../support/chromium.js";
import { createEmptyDatabase, type TestDatabase } from "../support/database.js";
import { freePort } from "../support/free-port.js";
import { follow, linesAdded, stepsOf } from "../support/guide.js";
import { type OwnRegistry, startOwnRegistry } from "../support/own-registry.js";
import { type SmtpSink, startSmtpServer } from "../support/smtp.js";
import { makeT3App, type Served, type T3App } from "./t3-app.js";

vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const guide = await readFile(fileURLToPath(new URL("../../docs/next.md", import.meta.url)), "utf8");
const steps = stepsOf(guide);
const wiring = steps.filter(({ kind, section }) => kind !== "run" && section !== "Pages");
const pages = steps.filter(({ section }) => section === "Pages");

const closers: (() => Promise<unknown>)[] = [];
let registry: OwnRegistry;
let app: T3App;
let database: TestDatabase & { url: string };
let smtp: SmtpSink;
let url: string;
let env: Record<string, string>;
let server: Served;
let browser: Awaited<ReturnType<typeof launchChromium>>;

// In the order in which somebody would do it: each test goes on where the one before has stopped.
beforeAll(async () => {
  database = await createEmptyDatabase();
  closers.push(() => database.drop());
  smtp = await startSmtpServer({ startTls: true });
  closers.push(() => smtp.stop());
  registry = await startOwnRegistry();
  closers.push(() => registry.close());
  app = await makeT3App();
  closers.push(() => app.remove());
  browser = await launchChromium();
  closers.push(() => browser.close());
  const port = await freePort();
  url = `http://localhost:${port}`;
  env = {
    DATABASE_URL: database.url,
    PUBLIC_URL: url,
    SMTP_URL: smtp.url,
    KEYWRIGHT_SECRET: "a secret of the T3 app, long enough to be one",
    // The mail server's certificate is its own.
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    PORT: String(port),
  };
});
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

const start = async () => {
  server = await app.start(Number(env.PORT), env);
  closers.push(server.stop);
};

async function tables(): Promise<string[]> {
  const sql = postgres(database.url, { max: 1 });
  const rows = await sql`select table_schema || '.' || table_name as name from information_schema.tables
    where table_schema in ('public', 'keywright')`.finally(() => sql.end());
  return rows.map(({ name }) => String(name)).toSorted();
}

test("the guide is followed to the letter, in fewer than sixty lines", async () => {
  // The app is on its way already: it has tables and migrations of its own.
  await app.run("npm run db:generate && npm run db:migrate", env);
  expect(await tables()).toContain("public.app_post");
  registry.use(app.folder);
  for (const { text } of steps.filter(({ kind }) => kind === "run")) await app.run(text);
  follow(
    steps.filter(({ kind }) => kind !== "run"),
    app.folder,
  );
  const lines = linesAdded(wiring);
  console.log(`Keywright in a T3 app: ${lines} lines, and ${linesAdded(pages)} of pages to try it on.`);
  expect(lines).toBeLessThan(60);
});

test("it builds, types included, and connects to nothing meanwhile", async () => {
  const nowhere = { ...env, DATABASE_URL: "postgres://nobody@127.0.0.1:9/nothing" };
  const said = await app.run("npm run build", nowhere);
  expect(said).toContain("Linting and checking validity of types");
  expect(said).not.toMatch(/ECONNREFUSED|cannot start/);
});

test("somebody signs up, verifies the address and signs out, in a browser and on pages from the server", async () => {
  await start();
  const home = await browser.visitor(url);
  const page = await home.openTab();
  const asked = streamedCallsOf(page);
  await page.goto("/");
  await page.getByText("Nobody is signed in.").waitFor();
  await page.getByPlaceholder("E-mail").fill("ada@example.com");
  await page.getByPlaceholder("Password").fill("correct horse");
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.getByText("ada@example.com, not verified").waitFor();
  expect(await page.context().cookies()).toContainEqual(expect.objectContaining({ httpOnly: true, sameSite: "Lax" }));
  const link = await linkTo("ada@example.com");
  expect(link).toMatch(`${url}/verify-email?token=`);
  await page.goto(link);
  await page.getByRole("button", { name: "Verify my e-mail address" }).click();
  await page.waitForURL(`${url}/`);
  await page.getByText("ada@example.com, verified").waitFor();
  await page.getByText("Only ada@example.com can see this.").waitFor();
  await photograph(page, "t3-signed-in");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign up" }).waitFor();
  await page.reload();
  await page.getByText("Nobody is signed in.").waitFor();
  // T3's own link is in use, and what sets a cookie goes beside it.
  expect(asked.streamed).toEqual(expect.arrayContaining([expect.stringContaining("auth.session")]));
  expect(asked.plain).toEqual(expect.arrayContaining(["registration.register", "auth.logout"]));
  expect(home.faults).toEqual([]);
});

test("a wrong password is told as such, and a right one signs in", async () => {
  const home = await browser.visitor(url);
  const page = await home.openTab();
  await page.goto("/");
  await page.getByPlaceholder("E-mail").fill("ada@example.com");
  await page.getByPlaceholder("Password").fill("wrong horse");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The login or the password is wrong.").waitFor();
  await page.getByPlaceholder("Password").fill("correct horse");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("ada@example.com, verified").waitFor();
  // By a link on another site.
  const other = await home.openTab();
  await other.setContent(`<a href="${url}/">there</a>`);
  await other.getByText("there").click();
  await other.getByText("Only ada@example.com can see this.").waitFor();
});

test("the app's next migrations and pushes leave Keywright's tables alone, and the other way round", async () => {
  const before = (await tables()).filter((name) => name.startsWith("keywright."));
  const schema = join(app.folder, "src/server/db/schema.ts");
  const more = `\nexport const orders = createTable("order", (d) => ({ id: d.integer().primaryKey() }));\n`;
  await writeFile(schema, (await readFile(schema, "utf8")) + more);
  await app.run("npm run db:generate && npm run db:migrate", env);
  expect(await tables()).toEqual(expect.arrayContaining([...before, "public.app_order", "public.app_post"]));
  await app.run("npm run db:push -- --force", env);
  expect((await tables()).filter((name) => name.startsWith("keywright."))).toEqual(before);
  await server.stop();
  await start();
  const answer = await fetch(`${url}/api/trpc/auth.config`);
  expect(answer.status).toBe(200);
});

test.for([
  ["an array of gigabytes", { json: { a: 1 }, meta: { values: { a: [["typed-array", "Float64Array"]] } } }],
  ["a set that refers to itself", { json: [], meta: { values: ["set"], referentialEqualities: { a: ["b"] } } }],
  ["a map", { json: { text: [["a", 1]] }, meta: { values: { text: ["map"] } } }],
])("a body that asks for %s is refused by the app's own procedures too", async ([, body]) => {
  const answer = await fetch(`${url}/api/trpc/post.create`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(400);
});

/** The procedures that a page calls, by the kind of answer that it asks for. */
function streamedCallsOf(page: Page): { streamed: string[]; plain: string[] } {
  const calls: { streamed: string[]; plain: string[] } = { streamed: [], plain: [] };
  page.on("request", (request) => {
    const [, path] = /\/api\/trpc\/([^?]+)/.exec(request.url()) ?? [];
    if (path !== undefined) (request.headers()["trpc-accept"] ? calls.streamed : calls.plain).push(path);
  });
  return calls;
}

async function linkTo(address: string): Promise<string> {
  await vi.waitUntil(() => smtp.mails.some(({ to }) => to === address), { timeout: 20_000, interval: 100 });
  const mail = smtp.mails.find(({ to }) => to === address);
  return /https?:\/\/\S+token=\S+/.exec(mail?.text ?? "")?.[0] ?? "";
}
