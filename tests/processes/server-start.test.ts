import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { createEmptyDatabase } from "../support/database.js";
import { createServers, get, mailedLink, post, type ServerProcess, submit } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000 });
const servers = createServers();
afterAll(() => servers.close());

const ada = { email: "ada@example.com", password: "correct horse battery" };
let yesterday: ServerProcess;

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

test("an empty folder is enough: registered, verified by mail on our own page, and signed in", async () => {
  yesterday = await servers.start();
  const { url, folder } = yesterday;
  expect(yesterday.stdout()).toBe(
    [
      `Keywright is ready at ${url}`,
      `Development mailbox: ${url}/dev/mailbox`,
      `Social sign-in to try: ${url}/dev/try-sign-in`,
      "Data: embedded database in .keywright/data, for evaluation and development. In production, set DATABASE_URL=postgres://…",
      "Settings: environment (PORT)",
      "",
    ].join("\n"),
  );
  expect(await readdir(folder)).toEqual([".keywright"]);
  expect(await modeOf(join(folder, ".keywright"))).toBe(0o700);
  expect(await modeOf(join(folder, ".keywright/data"))).toBe(0o700);
  expect(await modeOf(join(folder, ".keywright/secret"))).toBe(0o600);

  await post(url, "registration.register", ada);
  const link = await mailedLink(yesterday, ada.email);
  expect(link.origin).toBe(url);
  expect(await (await fetch(link)).text()).toContain("a•••@example.com");
  const done = await submit(`${url}/verify-email`, { token: link.searchParams.get("token") ?? "" });
  expect(await done.text()).toContain("Your e-mail address is verified");
  const { data } = await post(url, "auth.login", ada);
  expect(data).toMatchObject({ status: "signed_in", user: { email: ada.email, emailVerified: true } });
});

test("a second process on the same data is refused with a sentence that says what to do", async () => {
  const { code, sentences, stdout } = await servers.refusal({}, yesterday.folder);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(sentences).toEqual([
    expect.stringMatching(
      /^The database in \S+ is in use by another Keywright process .*DATABASE_URL=postgres:\/\/.*\.$/,
    ),
  ]);
  expect((await fetch(`${yesterday.url}/readyz`)).status).toBe(200);
});

test("a second start finds yesterday's user and session", async () => {
  const signedIn = await post(yesterday.url, "auth.login", ada);
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  expect(await yesterday.end()).toBe(0);
  expect(yesterday.stderr()).not.toMatch(/"level":"(?:warn|error)"/);

  const today = await servers.start({}, yesterday.folder);
  expect((await get(today.url, "user.me", { cookie })).data).toMatchObject({ email: ada.email });
  expect((await post(today.url, "auth.login", ada)).status).toBe(200);
  expect(await mailedLink(today, ada.email)).toBeInstanceOf(URL);
  expect(await today.end("SIGINT")).toBe(0);
});

test("a port that is taken is told in a sentence, before anything is made", async () => {
  const other = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const address = other.address();
  const port = typeof address === "object" ? address?.port : 0;
  const folder = await servers.makeFolder();
  const { code, sentences } = await servers.refusal({ PORT: `${port}` }, folder);
  other.close();
  expect(code).toBe(1);
  expect(sentences).toEqual([
    `Port ${port} on 127.0.0.1 is in use by another program: stop it, or set PORT to another port.`,
  ]);
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ["the host", { HOST: "203.0.113.7" }, /^HOST is not an address of this machine: .*\.$/],
  [
    "the database's address",
    { DATABASE_URL: "postgres://ada:hunter2@127.0.0.1:1/keywright" },
    /^The database set by DATABASE_URL does not answer: .* \(ECONNREFUSED\)\.$/,
  ],
  ["the data folder", { DATABASE_URL: "pglite:full" }, /^\S+full holds other files.* Name a new directory\.$/],
])("%s, when it is wrong, is told in one sentence without a stack or a password", async (_what, env, sentence) => {
  const folder = await servers.makeFolder();
  await mkdir(join(folder, "full"));
  await writeFile(join(folder, "full/letter.txt"), "dear Ada");
  const { code, sentences } = await servers.refusal(env, folder);
  expect(code).toBe(1);
  expect(sentences).toEqual([expect.stringMatching(sentence)]);
  expect(sentences.join()).not.toContain("hunter2");
});

test("a database that is not there is told in one sentence", async () => {
  const there = await createEmptyDatabase();
  await there.drop();
  const { code, sentences } = await servers.refusal({ DATABASE_URL: there.url });
  expect(code).toBe(1);
  expect(sentences).toEqual(["The database set by DATABASE_URL does not exist on this server: create it (3D000)."]);
});

test("all faults of the environment are told at once, one a line", async () => {
  const { code, sentences } = await servers.refusal({ PORT: "x", REDIS_URL: "redis://cache" });
  expect(code).toBe(1);
  expect(sentences).toEqual([
    "PORT must be a whole number from 0 (any free port) to 65535.",
    "REDIS_URL is not supported yet: unset it; limits are counted in PostgreSQL.",
  ]);
});
