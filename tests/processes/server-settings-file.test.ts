import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { createServers, get, mailedLink, post, type ServerProcess, submit } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const password = "korrektes Pferd";
const mails = z.array(z.object({ subject: z.string(), text: z.string() }));
let database: TestDatabase;
let server: ServerProcess;

const file = `import { defineConfig } from "@keywright/api";
export default defineConfig({
  publicUrl: "http://auth.localhost",
  appUrl: "http://localhost:1",
  database: "pglite:never-opened",
  registration: { verification: "mandatory" },
  password: { minLength: 10 },
  mail: { appName: "Käse & Co", language: "de" },
  onEvent: ({ kind }) => console.log("heard", kind),
});
`;

/** A folder with a settings file, whose imports are found as in an app that has Keywright installed. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await servers.makeFolder();
  await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(folder, "node_modules"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

beforeAll(async () => {
  database = await createTestDatabase();
  const env = { DATABASE_URL: database.url ?? "", PUBLIC_URL: "http://localhost:1" };
  server = await servers.start(env, await folderWith({ "keywright.config.mjs": file }));
});
afterAll(async () => {
  await servers.close();
  await database.drop();
});

test("O8: the server takes every setting of the file, the environment wins, and a line says what came from where", async () => {
  expect(server.stdout()).toMatch(/^Keywright is ready at http:\/\/localhost:1 \(listening on /);
  expect(server.stdout()).toContain("Data: PostgreSQL, as set by DATABASE_URL.\n");
  expect(server.stdout()).toContain(
    "Settings: keywright.config.mjs (appUrl, registration, password, mail, onEvent); environment (PORT, PUBLIC_URL, DATABASE_URL)\n",
  );
  expect((await get(server.url, "auth.config")).data).toMatchObject({
    unverifiedLogin: false,
    passwordRules: { minLength: 10 },
  });
});

test("O8: the app's name and language are in its mails and on the pages that these open", async () => {
  const ada = { email: "ada@example.com", password };
  expect((await post(server.url, "registration.register", ada)).data).toEqual({ status: "verification_sent" });
  const link = await mailedLink(server, ada.email);
  const [mail] = mails.parse(await (await fetch(`${server.url}/dev/mailbox.json`)).json());
  expect(mail?.subject).toBe("Bestätigen Sie Ihre E-Mail-Adresse für Käse & Co");
  expect((await post(server.url, "auth.login", ada)).refusal).toMatchObject({ reason: "EMAIL_NOT_VERIFIED" });

  const page = await (await fetch(`${server.url}${link.pathname}${link.search}`)).text();
  expect(page).toContain('<html lang="de">');
  expect(page).toContain("<title>E-Mail-Adresse bestätigen · Käse &amp; Co</title>");
  expect(page).toContain("<header>Käse &amp; Co</header>");
  expect(page).toContain("dass a•••@example.com Ihnen gehört.");
  const token = link.searchParams.get("token") ?? "";
  const done = await (await submit(`${server.url}/verify-email`, { token })).text();
  expect(done).toContain("<h1>Ihre E-Mail-Adresse ist bestätigt</h1>");
  expect((await post(server.url, "auth.login", ada)).status).toBe(200);
  expect(server.stdout()).toContain("heard session.started");
});

test("O8: a refused password is told in the app's language, too, and so is a link that is of no use", async () => {
  const bert = { email: "bert@example.com", password };
  await post(server.url, "registration.register", bert);
  const verify = (await mailedLink(server, bert.email)).searchParams.get("token") ?? "";
  await submit(`${server.url}/verify-email`, { token: verify });
  await post(server.url, "password.requestReset", { email: bert.email });
  const token = (await mailedLink(server, bert.email, "/reset-password")).searchParams.get("token") ?? "";
  const refused = await submit(`${server.url}/reset-password`, { token, newPassword: "kurz", confirmPassword: "kurz" });
  const page = await refused.text();
  expect(page).toContain('<p role="alert">Dieses Passwort ist zu kurz.</p>');
  expect(page).toContain("Mindestens 10 Zeichen.");
  expect(page).not.toMatch(/password is|characters/);
  const dead = await (await fetch(`${server.url}/undo-email-change?token=none`)).text();
  expect(dead).toContain("<title>Änderung Ihrer E-Mail-Adresse rückgängig machen · Käse &amp; Co</title>");
  expect(dead).toContain('role="alert">Dieser Link ist unvollständig');
});

test("O8: the front page is the app's, in its language; the mailbox is the developer's", async () => {
  const front = await (await fetch(server.url)).text();
  expect(front).toMatch(/<html lang="de">[\s\S]*<title>Käse &amp; Co<\/title>[\s\S]*<h1>Käse &amp; Co<\/h1>/);
  expect(front).not.toContain("<header>");
  const mailbox = await (await fetch(`${server.url}/dev/mailbox`)).text();
  expect(mailbox).toMatch(/<html lang="en">[\s\S]*<pre lang="de">/);
});

test.each<[what: string, files: Record<string, string>, env: Record<string, string>, sentences: (string | RegExp)[]]>([
  [
    "has an unknown group",
    { "keywright.config.mjs": "export default { pasword: {} }" },
    {},
    ["keywright.config.mjs: There is no setting `pasword` (did you mean `password`?)."],
  ],
  [
    "throws",
    { "keywright.config.js": "// ESM in a folder without a package.json\nthrow new Error('The brand is missing');" },
    {},
    ["keywright.config.js cannot be loaded: The brand is missing (line 2)."],
  ],
  [
    "is no JavaScript",
    { "own.mjs": "export default {" },
    { KEYWRIGHT_CONFIG: "own.mjs" },
    ["own.mjs cannot be loaded: Unexpected end of input (a syntax error: `node --check` shows where)."],
  ],
  ["is not there", {}, { KEYWRIGHT_CONFIG: "own.mjs" }, ["KEYWRIGHT_CONFIG names own.mjs, but there is no such file."]],
  [
    "names a database that does not answer",
    { "keywright.config.mjs": 'export default { database: "postgres://ada:hunter2@127.0.0.1:1/app" }' },
    {},
    [/^The database set by `database` in keywright\.config\.mjs does not answer: .* \(ECONNREFUSED\)\.$/],
  ],
])("O8: with a settings file that %s the server does not start, and says why", async (_what, files, env, sentences) => {
  const { code, stdout, sentences: said } = await servers.refusal(env, await folderWith(files));
  expect([code, stdout]).toEqual([1, ""]);
  expect(said).toEqual(
    sentences.map((sentence) => {
      return typeof sentence === "string" ? sentence : expect.stringMatching(sentence);
    }),
  );
});

/** Whether this Node reads TypeScript: from 22.18 on, unless it is told not to. */
const readsTypeScript = Boolean(Reflect.get(process.features, "typescript"));

test("O8: keywright.config.ts is read where Node reads TypeScript; elsewhere a sentence says what to do", async () => {
  const text = 'const name: string = "Acme";\nexport default { mail: { appName: name }, port: 0 };\n';
  const folder = await folderWith({ "keywright.config.ts": text });
  if (readsTypeScript) {
    const { stdout } = await servers.start({ DATABASE_URL: database.url ?? "" }, folder);
    expect(stdout()).toContain("Settings: keywright.config.ts (mail); environment (");
    return;
  }
  const { code, sentences } = await servers.refusal({}, folder);
  expect(code).toBe(1);
  expect(sentences).toEqual([
    `keywright.config.ts is TypeScript, which Node reads from version 22.18 on, and this is ${process.version}: start a newer Node, or write keywright.config.mjs in JavaScript.`,
  ]);
});

test("O9: production starts on the embedded database only if it is told to", async () => {
  const env = {
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PUBLIC_URL: "https://auth.example.com",
    SMTP_URL: "smtp://127.0.0.1:1",
    MAIL_FROM: "no-reply@example.com",
    KEYWRIGHT_SECRET: "w7Jc0sQ2nR5tV8xZ1bD4fH6kM9pL3gYa",
  };
  const { code, sentences } = await servers.refusal(env);
  expect(code).toBe(1);
  expect(sentences).toEqual([expect.stringMatching(/^DATABASE_URL must be set in production: .*\.$/)]);
  const embedded = await servers.start({ ...env, DATABASE_URL: "pglite:accounts" });
  expect(embedded.stdout()).toContain(
    "Data: embedded database in accounts, as set by DATABASE_URL. It serves this process",
  );
  expect((await fetch(`${embedded.url}/readyz`)).status).toBe(200);
});
