import { createKeywright } from "@keywright/api";
import { expect, test } from "vitest";
import { publicUrl, testSecret } from "../support/app.js";
import { refusal } from "../support/refusal.js";

const mailer = { send: async () => {}, close: async () => {} };
const minimal = { secret: testSecret, publicUrl, database: "postgres://127.0.0.1:1/none", mailer };

/** What an operator reads who starts with this. Nothing listens at the database: it must not come that far. */
async function startFault(config: unknown): Promise<string> {
  const error = await refusal(Promise.resolve().then(() => Reflect.apply(createKeywright, null, [config])));
  return error instanceof Error ? error.message : "";
}

test.each<[name: keyof typeof minimal, sentence: string]>([
  ["secret", "Setting `secret` is missing: it must be a text of at least 32 characters."],
  ["publicUrl", "Setting `publicUrl` is missing: it must be an http or https address."],
  [
    "database",
    "Setting `database` is missing: it must be postgres://…, pglite:PATH for the embedded database, or a connection of your own.",
  ],
  [
    "mailer",
    "Setting `mailer` is missing: it must have the functions `send` and `close`, as `createSmtpMailer` makes it.",
  ],
])("H16: without `%s`, left out or undefined, one sentence names it", async (name, sentence) => {
  const { [name]: _left, ...rest } = minimal;
  expect(await startFault(rest)).toBe(sentence);
  expect(await startFault({ ...minimal, [name]: undefined })).toBe(sentence);
});

test("H16: with nothing at all, there is one sentence for each", async () => {
  const lines = (await startFault({})).split("\n");
  expect(lines.map((line) => line.match(/`(\w+)` is missing/)?.[1])).toEqual([
    "secret",
    "publicUrl",
    "database",
    "mailer",
  ]);
  for (const given of [undefined, null, "postgres://", []]) {
    expect(await startFault(given)).toBe("The settings must be an object, as in `{ mail: { appName: … } }`.");
  }
});

test.each<[what: string, config: object, sentence: string]>([
  ["a misspelled group", { pasword: {} }, "There is no setting `pasword` (did you mean `password`?)."],
  ["the same without a value", { pasword: undefined }, "There is no setting `pasword` (did you mean `password`?)."],
  ["another letter case", { corsorigins: [] }, "There is no setting `corsorigins` (did you mean `corsOrigins`?)."],
  ["an option outside of its group", { appName: "A" }, "There is no setting `appName` (did you mean `mail.appName`?)."],
  ["a group of some other library", { socialProviders: {} }, "There is no setting `socialProviders`."],
  [
    "a misspelled option",
    { password: { minLenght: 12 } },
    "There is no setting `password.minLenght` (did you mean `password.minLength`?).",
  ],
  [
    "an option of another group",
    { session: { accessMinutes: 5 } },
    "There is no setting `session.accessMinutes` (did you mean `tokens.accessMinutes`?).",
  ],
  ["an option that no group has", { user: { colour: "red" } }, "There is no setting `user.colour`."],
  ["a name of every object", { toString: 1 }, "There is no setting `toString`."],
])("H16: %s is told in one sentence that names it", async (_what, config, sentence) => {
  expect(await startFault({ ...minimal, ...config })).toBe(sentence);
});

test.each<[config: object, sentence: RegExp]>([
  [{ secret: 5 }, /^Setting `secret` must be a text of at least 32 characters\.$/],
  [{ previousSecret: "hunter2" }, /^Setting `previousSecret` must be a text of at least 32 characters\.$/],
  [{ publicUrl: 5 }, /^Setting `publicUrl` must be an http or https address\.$/],
  [{ appUrl: null }, /^Setting `appUrl` must be an http or https address\.$/],
  [{ database: 5 }, /^Setting `database` must be postgres:/],
  [{ database: "" }, /^Setting `database` must be postgres:/],
  [{ database: {} }, /^Setting `database` must be postgres:/],
  [{ database: "mysql://root:hunter2@db/app" }, /^Setting `database` must be postgres:/],
  [{ mailer: {} }, /^Setting `mailer` must have the functions `send` and `close`/],
  [{ mailer: { send: 1, close: 1 } }, /^Setting `mailer` must have the functions/],
  [{ mailer: "smtp://user:hunter2@mail" }, /^Setting `mailer` must have the functions/],
  [{ trustedProxyHops: "1" }, /^Setting `trustedProxyHops` must be a whole number from 0 to 10\.$/],
  [{ trustedProxyHops: 1.5 }, /^Setting `trustedProxyHops` must be a whole number/],
  [{ clientAddressHeader: "X-Forwarded-For" }, /^Setting `clientAddressHeader` must be the name of a header/],
  [{ clientAddressHeader: "X-Real-IP", trustedProxyHops: 1 }, /^Setting `trustedProxyHops` counts proxies/],
  [{ publicUrl: "https://api.example.com", session: { cookieDomain: "com" } }, /^Setting `session\.cookieDomain`: /],
  [
    { publicUrl: "https://api.example.com", session: { cookieDomain: "example.org" } },
    /^Setting `session\.cookieDomain`/,
  ],
  [{ session: { sameSite: "None" } }, /^Setting `session\.sameSite`: /],
  [{ log: {} }, /^Setting `log` must be a function\.$/],
  [{ now: new Date() }, /^Setting `now` must be a function\.$/],
  [{ onEvent: true }, /^Setting `onEvent` must be a function\.$/],
  [{ renderMail: "mail.html" }, /^Setting `renderMail` must be a function\.$/],
  [{ passwordHasher: { hash: () => "" } }, /^Setting `passwordHasher` must have the functions `hash` and `verify`\.$/],
  [{ login: "email" }, /^Setting `login`: .*object.*\.$/],
  [{ mail: null }, /^Setting `mail`: .*object.*\.$/],
])("H16: a wrong type such as %j is told in one sentence, and no value is repeated", async (config, sentence) => {
  const fault = await startFault({ ...minimal, ...config });
  expect(fault).toMatch(sentence);
  expect(fault).not.toMatch(/hunter2|\n/);
});

test.each<[corsOrigins: unknown]>([
  ["x"],
  ["https://example.com"],
  [["https://*.vercel.app"]],
  [["*"]],
  [["null"]],
  [["example.com"]],
  [["https://example.com/app"]],
  [["https://user:hunter2@example.com"]],
  [["https://example.com?x"]],
  [["javascript:alert(1)"]],
  [["file://localhost"]],
  [["capacitor://localhost/app"]],
  [["https://example.com", 5]],
])("H12, H16: an origin that would never match, as in %j, is refused instead of ignored", async (corsOrigins) => {
  const fault = await startFault({ ...minimal, corsOrigins });
  expect(fault).toMatch(/^Setting `corsOrigins(\.\d)?` must be .*https:\/\/app\.example\.com.*\.$/);
  expect(fault).not.toMatch(/hunter2|\n/);
});
