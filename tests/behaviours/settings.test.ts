import { createKeywright } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, testSecret } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { withInstance } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const mailer = { send: async () => {}, close: async () => {} };

/** What an operator reads who starts with this. Nothing listens at the database: it must not come that far. */
async function startFault(config: object): Promise<string> {
  const minimal = { secret: testSecret, publicUrl, database: "postgres://127.0.0.1:1/none", mailer };
  const error = await refusal(createKeywright({ ...minimal, ...config }));
  return error instanceof Error ? error.message : "";
}

test("an operator who sets nothing but secret, address, database and mailer has a server that is ready", async () => {
  const database = await app.database.connect();
  const keywright = await createKeywright({ secret: testSecret, publicUrl, database, mailer, log: () => {} });
  expect(await keywright.isReady()).toBe(true);
  await keywright.close();
});

test("an operator who writes every default out has the same settings as one who writes none", async () => {
  const { settings } = app.keywright.deps;
  const database = await app.database.connect();
  const keywright = await createKeywright({ secret: testSecret, publicUrl, mailer, ...settings, database });
  expect(keywright.deps.settings).toEqual(settings);
  await keywright.close();
});

test("H11, H16: origins are compared as browsers write them, and those of web views are taken", async () => {
  const corsOrigins = ["https://APP.example.com:443/", "capacitor://localhost", "http://127.0.0.1:5173"];
  const database = await app.database.connect();
  const keywright = await createKeywright({ secret: testSecret, publicUrl, database, mailer, corsOrigins });
  expect([...keywright.origins]).toEqual([
    publicUrl,
    "https://app.example.com",
    "capacitor://localhost",
    "http://127.0.0.1:5173",
  ]);
  await keywright.close();
});

test.each<[what: string, config: object, sentence: RegExp]>([
  ["a short secret", { secret: "too short" }, /at least 32 characters/],
  ["an address that is none", { publicUrl: "example.com" }, /^Setting `publicUrl` must be an http or https address\.$/],
  ["a front end that is a script", { appUrl: "javascript:alert(1)" }, /^Setting `appUrl` must be an http/],
  [
    "a database that no engine serves",
    { database: "mysql://root:hunter2@db/app" },
    /^Setting `database` must be postgres/,
  ],
  ["an unknown language", { mail: { language: "fr" } }, /^Setting `mail\.language`: /],
  ["an unknown login field", { login: { fields: ["phone"] } }, /^Setting `login\.fields\.0`: /],
  ["no login field", { login: { fields: [] } }, /^Setting `login\.fields`: /],
  ["an unknown required field", { registration: { required: ["phone"] } }, /^Setting `registration\.required\.0`: /],
  ["half a try", { limits: { passwordTriesPerAccount: 0.5 } }, /^Setting `limits\.passwordTriesPerAccount`: /],
  ["a cost of 3", { password: { bcryptCost: 3 } }, /^Setting `password\.bcryptCost`: /],
  ["a short pepper", { password: { pepper: "hunter2" } }, /^Setting `password\.pepper`: /],
])(
  "an operator with %s is told in one sentence that names it, before anything is opened",
  async (_what, config, sentence) => {
    const fault = await startFault(config);
    expect(fault).toMatch(sentence);
    expect(fault).not.toMatch(/hunter2|\n/);
  },
);

test.each<[what: string, config: object, named: string[]]>([
  [
    "a login field that nobody has to give",
    { login: { fields: ["username"] } },
    ["registration.required", "login.fields"],
  ],
  [
    "no password and no address",
    { registration: { required: ["username"] } },
    ["registration.required", "password", "email"],
  ],
  [
    "mandatory verification without an address",
    { registration: { verification: "mandatory", required: ["username", "password"] } },
    ["registration.verification", "email"],
  ],
  [
    "a sign-in by a link that is never sent",
    { registration: { verification: "none", signInOnVerification: true } },
    ["registration.signInOnVerification", "registration.verification"],
  ],
  [
    "an end for accounts that cannot be verified",
    { registration: { verification: "none", unverifiedDays: 7 } },
    ["registration.unverifiedDays", "registration.verification"],
  ],
  [
    "an end for accounts before their link's",
    { registration: { unverifiedDays: 1 }, tokens: { verifyHours: 48 } },
    ["registration.unverifiedDays", "tokens.verifyHours"],
  ],
  [
    "passwords of no length",
    { password: { minLength: 100, maxLength: 64 } },
    ["password.minLength", "password.maxLength"],
  ],
  [
    "usernames of no length",
    { user: { usernameMinLength: 9, usernameMaxLength: 8 } },
    ["user.usernameMinLength", "user.usernameMaxLength"],
  ],
  [
    "sessions that end before they are idle",
    { session: { absoluteDays: 7, idleDays: 8 } },
    ["session.idleDays", "session.absoluteDays"],
  ],
])("an operator whose settings together give %s is told which of them", async (_what, config, named) => {
  const fault = await startFault(config);
  for (const setting of named) expect(fault).toContain(setting);
  expect(fault.split("\n")).toHaveLength(1);
});

test("an operator with several faults reads one line for each", async () => {
  const config = { password: { minLength: 0, bcryptCost: 99 }, mail: { pollMs: 1 } };
  const lines = (await startFault(config)).split("\n");
  expect(lines.map((line) => line.match(/`([\w.]+)`/)?.[1])).toEqual([
    "password.minLength",
    "password.bcryptCost",
    "mail.pollMs",
  ]);
});

test("an operator who misspells a setting is told so, and one instance's settings are its own at once", async () => {
  const misspelled = { minLength: 12, minLenght: 12 };
  expect(await startFault({ password: misspelled })).toBe(
    "There is no setting `password.minLenght` (did you mean `password.minLength`?).",
  );
  const register = (instance: TestApp, email: string) =>
    instance.visitor().registration.register.mutate({ email, password: "ten letters" });
  await withInstance(app, { password: { minLength: 12 } }, async (strict) => {
    expect(reasonOf(await refusal(register(strict, "strict@example.com")))).toBe("VALIDATION");
    expect(await register(app, "lax@example.com")).toMatchObject({ status: "signed_in" });
  });
});

test.each(["https://evil.test/verify", "//evil.test/verify", "verify", "javascript:alert(1)", ""])(
  "an operator cannot set %j as a page that mails lead to: a page is a path of the front end",
  async (path) => {
    const fault = await startFault({ mail: { paths: { verify_email: path } } });
    expect(fault).toBe("Setting `mail.paths.verify_email`: a path of the front end begins with one slash.");
  },
);

test("a front end reads from the public settings what its forms need, and no secret is among it", async () => {
  const settings = {
    login: { fields: ["email" as const] },
    registration: { required: ["email" as const, "password" as const], optional: ["firstName" as const] },
    password: { minLength: 15, refuseNumeric: false, requireConfirmation: true, pepper: "a pepper of length" },
  };
  await withInstance(app, settings, async (own) => {
    const config = await own.visitor().auth.config.query();
    expect(config).toEqual({
      loginFields: ["email"],
      registrationOpen: true,
      registrationRequires: ["email", "password"],
      registrationAccepts: ["email", "password", "firstName"],
      unverifiedLogin: true,
      passwordRules: {
        minLength: 15,
        maxLength: 256,
        refusesCommon: true,
        refusesNumeric: false,
        refusesSimilar: true,
        confirmed: true,
      },
      providers: [],
      factors: ["password"],
    });
    expect(JSON.stringify(config)).not.toContain("pepper");
  });
});
