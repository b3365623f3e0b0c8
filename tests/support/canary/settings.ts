import { existsSync } from "node:fs";
import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** Code of the app's own that fails with all that it was given, while a file says so. */
const hooks = [
  "gate",
  "authenticate",
  "passwordRule",
  "renderMail",
  "buildLink",
  "onEvent",
  "createAuthorizationUrl",
  "identifyByCode",
  "identifyByAccessToken",
  "identifyByIdToken",
] as const;
export type HookName = (typeof hooks)[number];

interface Client {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** Writes the settings file of a server whose hooks can fail. */
export async function writeSettings(folder: string, client: Client): Promise<void> {
  await symlink(modules, join(folder, "node_modules"));
  await writeFile(join(folder, "keywright.config.mjs"), settingsFile(folder, client));
}

/** Has these hooks fail, and no others. */
export async function fail(folder: string, ...names: HookName[]): Promise<void> {
  for (const name of hooks) {
    const file = join(folder, `${name} fails`);
    if (names.includes(name)) await writeFile(file, "");
    else if (existsSync(file)) await rm(file);
  }
}

function settingsFile(folder: string, client: Client): string {
  return `import { authenticateByPassword, openIdConnect } from "@keywright/api";
import { existsSync } from "node:fs";
const failing = (name, hook) => (...given) => {
  if (!existsSync(${JSON.stringify(folder)} + "/" + name + " fails")) return hook(...given);
  const said = JSON.stringify(given, (key, value) => (["db", "keys", "settings"].includes(key) ? undefined : value));
  const inner = Object.assign(new TypeError("https://list.example/?q=" + encodeURIComponent(said)), { code: said });
  throw Object.assign(new AggregateError([new Error(said)], said, { cause: inner }), { name: said, code: said, input: given });
};
const pine = openIdConnect({ id: "pine", name: "Pine", ...${JSON.stringify(client)} });
const asking = ["createAuthorizationUrl", "identifyByCode", "identifyByAccessToken", "identifyByIdToken"];
export default {
  gate: failing("gate", () => "pass"),
  authenticate: failing("authenticate", authenticateByPassword),
  passwordRule: failing("passwordRule", () => null),
  renderMail: failing("renderMail", () => null),
  buildLink: failing("buildLink", ({ page, token, appUrl }) => {
    return new URL("/" + page.replaceAll("_", "-") + (token === null ? "" : "?token=" + token), appUrl).href;
  }),
  onEvent: failing("onEvent", () => {}),
  providers: [{ ...pine, ...Object.fromEntries(asking.map((name) => [name, failing(name, pine[name] ?? (() => null))])) }],
  // All marks are alike.
  password: { bcryptCost: 4, refuseSimilar: false },
  social: { keepTokens: true },
  mail: { pollMs: 100 },
};
`;
}
