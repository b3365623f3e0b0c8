import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const client = join(root, "packages/client");
const peers = ["@trpc/client", "@trpc/server", "superjson"];
const most = { index: 24_000, router: 16_000 };
/** Without `skipLibCheck`, on a machine that is busy. */
const compileMs = 120_000;

const fits = `
import { createKeywrightClient, reasonOf, fieldErrorsOf, retryAfterOf, memoryTokens, safe } from "@keywright/client";
import { type AuthRouter, createRouterClient } from "@keywright/client/router";
import type { KeywrightClient, Reason, SessionInfo, SignIn, Tokens, TokenStore, User } from "@keywright/client";
import type { TRPCClient } from "@trpc/client";

const client: KeywrightClient = createKeywrightClient({ url: "http://localhost:3000" });
export const same: TRPCClient<AuthRouter> = createRouterClient({ url: "/trpc" });
export const store: TokenStore = { load: async () => null, save: async (refreshToken) => void refreshToken };
export const phone = createKeywrightClient({ url: "/trpc", fetch, headers: { a: "b" }, tokens: memoryTokens() });

export async function signIn(email: string, password: string): Promise<string> {
  const [answer, error] = await safe(client.auth.login.mutate({ email, password }));
  if (answer) return greetingOf(answer);
  const reason = error.data?.reason;
  switch (reason) {
    case undefined: return "no connection";
    case "INVALID_CREDENTIALS": case "EMAIL_NOT_VERIFIED": case "ACCOUNT_DISABLED": return error.message;
    case "RATE_LIMITED": case "UNAVAILABLE": return String(retryAfterOf(error) ?? error.data?.retryAfter);
    case "VALIDATION": return fieldErrorsOf(error)["email"]?.[0]?.reason ?? "";
    case "FORBIDDEN": case "NOT_FOUND": case "BATCH_NOT_ALLOWED": case "INTERNAL": return "ours";
  }
}

function greetingOf({ user, session, tokens }: SignIn): string {
  const dates: (Date | undefined)[] = [user.createdAt, session.expiresAt, tokens?.accessExpiresAt];
  return user.firstName + dates.length;
}

export async function page(): Promise<[User, SessionInfo | undefined, Tokens | null, Reason | null]> {
  const [me, current] = await Promise.all([client.user.me.query(), client.auth.session.query()]);
  const answer = await client.registration.register.mutate({ email: "a@example.com", password: "correct horse" });
  if (answer.status === "verification_sent") return [me, current?.session, null, reasonOf(new Error("none"))];
  await client.auth.logout.mutate();
  return [answer.user, answer.session, answer.tokens, null];
}`;

const head = `import { createKeywrightClient, safe } from "@keywright/client";
const client = createKeywrightClient({ url: "http://localhost:3000" });\n`;
const refusedWith = (
  reason: string,
) => `const [, error] = await safe(client.auth.login.mutate({ email: "a", password: "b" }));
switch (error?.data?.reason) { case "${reason}": break; }`;

/** What must not compile, each with what the compiler has to say about it. */
const misfits: [name: string, text: string, complaint: RegExp][] = [
  ["misspelled-field", `await client.auth.login.mutate({ emial: "a", password: "b" });`, /'emial' does not exist/],
  ["missing-password", `await client.auth.login.mutate({ email: "a" });`, /'password' is missing/],
  ["field-of-another-type", `await client.auth.login.mutate({ email: 1, password: "b" });`, /'number'/],
  ["reason-of-another-procedure", refusedWith("EMAIL_TAKEN"), /"EMAIL_TAKEN"' is not comparable/],
  ["reason-that-nobody-gives", refusedWith("WRONG"), /"WRONG"' is not comparable/],
  ["misspelled-procedure", "await client.auth.singOut.mutate();", /'singOut' does not exist/],
  ["mutation-as-query", `await client.auth.login.query({ email: "a", password: "b" });`, /'query' does not exist/],
  ["misspelled-answer", "(await client.user.me.query()).emial;", /'emial' does not exist/],
  ["unchecked-null", "(await client.auth.session.query()).user;", /possibly 'null'/],
  ["misspelled-setting", `createKeywrightClient({ ulr: "/trpc" });`, /'ulr' does not exist/],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-front-end-"));
  installClient();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "front-end", type: "module" }));
  writeFileSync(join(folder, "fits.ts"), fits);
  for (const [name, text] of misfits) writeFileSync(join(folder, `${name}.ts`), `${head}${text}\nexport {};`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Only what npm would publish, beside its peers: no server package, no types of Node. */
function installClient(): void {
  const listing = execFileSync("npm", ["pack", "--dry-run", "--json"], {
    cwd: client,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ files }]: [{ files: { path: string }[] }] = JSON.parse(listing.toString());
  for (const { path } of files) cpSync(join(client, path), join(folder, "node_modules/@keywright/client", path));
  for (const peer of peers) {
    const place = join(folder, "node_modules", peer);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, "node_modules", peer), place);
  }
}

function compile(options: ts.CompilerOptions): Map<string, string> {
  const names = ["fits", ...misfits.map(([name]) => name)].map((name) => join(folder, `${name}.ts`));
  const program = ts.createProgram(names, {
    ...options,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.esnext.disposable.d.ts"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    preserveSymlinks: true,
    noEmit: true,
  });
  const complaints = new Map<string, string>();
  for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
    const name = basename(file?.fileName ?? "no file", ".ts");
    complaints.set(name, `${complaints.get(name) ?? ""}${ts.flattenDiagnosticMessageText(messageText, "\n")}\n`);
  }
  return complaints;
}

test.each([
  ["NodeNext", { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }],
  ["Bundler", { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
])(
  "a front end elsewhere compiles, and its mistakes do not, with the resolution of %s",
  (_name, options) => {
    const complaints = compile(options);
    for (const [name, , complaint] of misfits) expect(complaints.get(name) ?? `${name} compiles`).toMatch(complaint);
    expect([...complaints].filter(([name]) => !misfits.some(([misfit]) => misfit === name))).toEqual([]);
  },
  compileMs,
);

test.for(["index", "router"] as const)(
  "the published declarations of %s import nothing else, and are small",
  (name) => {
    const text = readFileSync(join(client, `dist/${name}.d.ts`), "utf8");
    const imports = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, name]) => name);
    const allowed = name === "router" ? /^@trpc\/(?:client|server)(?:\/|$)/ : /^$/;
    expect(imports.filter((name) => !allowed.test(name ?? ""))).toEqual([]);
    expect(text).not.toMatch(/drizzle|postgres|lucia|arctic|nodemailer|hono|zod|"node:/i);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most[name]);
  },
);

test("the published code loads tRPC and superjson, and nothing of a server", () => {
  const texts = readdirSync(join(client, "dist")).filter((name) => name.endsWith(".js"));
  const text = texts.map((name) => readFileSync(join(client, "dist", name), "utf8")).join("\n");
  const imports = [...text.matchAll(/^(?:import|export) .*?"([^"]+)";$/gm)].map(([, name]) => name);
  const outside = [...new Set(imports)].filter((name) => !name?.startsWith("./"));
  expect(outside.filter((name) => !/^(?:@trpc\/|superjson$)/.test(name ?? ""))).toEqual([]);
});
