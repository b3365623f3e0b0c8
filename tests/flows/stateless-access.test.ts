import {
  createFetchHandler,
  currentProcedure,
  errorFormatter,
  freshProcedure,
  jwtTokens,
  type KeywrightContext,
  mountAuth,
  opaqueTokens,
  transformer,
  userProcedure,
  verifiedProcedure,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { createOwnTokens } from "../support/own-tokens.js";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const router = t.router({
  ...mountAuth(t),
  mine: t.procedure.concat(userProcedure).query(({ ctx }) => ({ user: ctx.user, session: ctx.session })),
  verified: t.procedure.concat(verifiedProcedure).query(({ ctx }) => ctx.user.email),
  current: t.procedure.concat(currentProcedure).query(({ ctx }) => ctx.user.email),
  fresh: t.procedure.concat(freshProcedure).query(({ ctx }) => ctx.auth.who.session.id),
});

const answerSchema = z.object({ result: z.object({ data: z.looseObject({ json: z.json() }) }) });
const own = createOwnTokens();
const managers = { jwt: jwtTokens(), opaque: opaqueTokens(), own: own.create };
let careful: TestApp;
const apps = new Map<string, TestApp>();
beforeAll(async () => {
  careful = await createTestApp();
  for (const [name, tokenManager] of Object.entries(managers)) {
    const config = { tokenManager, tokens: { statelessAccess: true } };
    apps.set(name, await createTestApp(config, careful.database));
  }
});
afterAll(async () => {
  for (const app of apps.values()) await app.close();
  await careful.close();
});

function appWith(name: string): TestApp {
  const app = apps.get(name);
  if (!app) throw new Error(`There is no app with ${name} tokens.`);
  return app;
}

/** Calls of an app's own router, raw. */
function callsOf(app: TestApp, headers: Record<string, string>) {
  const handle = createFetchHandler({ router, endpoint: "/trpc", createContext: app.keywright.createContext });
  const get = (path: string) => handle(new Request(`${publicUrl}/trpc/${path}`, { headers }), "127.0.0.1");
  return {
    get,
    status: async (path: string) => (await get(path)).status,
    cost: async (path: string) => (await app.costOf(() => get(path))).statements.length,
  };
}

async function newPhone(app: TestApp, deviceName = "Ada's phone") {
  const ada = await careful.addUser();
  const phone = app.visitor({ transport: "bearer" });
  const signIn = await phone.auth.login.mutate({ email: ada.email, password: ada.password, deviceName });
  const { accessToken = "", refreshToken = "" } = signIn.tokens ?? {};
  const calls = callsOf(app, { authorization: `Bearer ${accessToken}` });
  return { ada, phone, signIn, accessToken, refreshToken, calls };
}

describe.each(["jwt", "opaque"])("%s tokens that are believed", (name) => {
  test("a phone's call of the app's own procedures costs no statement and knows who it is", async () => {
    const app = appWith(name);
    const { calls, phone } = await newPhone(app);
    expect(await calls.cost("mine")).toBe(0);
    expect(await calls.cost("verified")).toBe(0);
    const live = await phone.auth.session.query();
    const answer: unknown = await (await calls.get("mine")).json();
    expect(live?.session.deviceName).toBe("Ada's phone");
    expect(transformer.output.deserialize(answerSchema.parse(answer).result.data)).toEqual(live);
  });

  test("an ended session lives on there until its token expires, and nowhere of ours", async () => {
    const app = appWith(name);
    const { ada, calls } = await newPhone(app);
    await (await app.signedIn(ada)).auth.logout.mutate({ everywhere: true });
    expect(await calls.status("mine")).toBe(200);
    expect(await calls.status("verified")).toBe(200);
    for (const path of ["user.me", "user.events", "auth.sessions", "current", "fresh"]) {
      expect(await calls.status(path), path).toBe(401);
    }
    expect(await (await calls.get("auth.session")).json()).toMatchObject({ result: { data: { json: null } } });
    app.travel(301_000);
    expect(await calls.status("mine")).toBe(401);
  });

  test("no mutation of ours that is for signed-in callers believes a token", async () => {
    const app = appWith(name);
    const { ada, accessToken } = await newPhone(app);
    await (await app.signedIn(ada)).auth.logout.mutate({ everywhere: true });
    const { password } = ada;
    const calls: [path: string, input: unknown][] = [
      ["auth.revokeSession", { id: "x" }],
      ["auth.revokeOtherSessions", undefined],
      ["auth.reauthenticate", { password }],
      ["password.change", { currentPassword: password, newPassword: "battery staple" }],
      ["user.update", { firstName: "Eve" }],
      ["user.requestEmailChange", { email: "eve@example.com", password }],
      ["user.archive", { password }],
      ["user.delete", { password }],
    ];
    for (const [path, input] of calls) {
      const answer = await app.post(path, input, { authorization: `Bearer ${accessToken}` });
      expect([path, answer.status, await answer.text()]).toEqual([path, 401, expect.stringContaining("NOT_AUTH")]);
    }
  });

  test("a person with a long profile is looked up instead, and every token can be verified", async () => {
    const app = appWith(name);
    const { phone, ada } = await newPhone(app);
    for (const [letters, cost] of [
      [500, 0],
      [1000, 1],
    ] as const) {
      const profile = JSON.stringify({ about: "ü".repeat(letters) });
      await app.sql(`update keywright.users set profile = '${profile}' where email_key = '${ada.email}'`);
      // Otherwise the session before is ended beside what is measured.
      await phone.auth.logout.mutate();
      const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
      const token = tokens?.accessToken ?? "";
      expect(token.length > 2048).toBe(cost === 0);
      expect(await callsOf(app, { authorization: `Bearer ${token}` }).cost("mine")).toBe(cost);
      expect(await app.visitor().auth.verifyToken.mutate({ token })).toMatchObject({ kind: "access" });
    }
  });

  test("a refreshed token says what is so now", async () => {
    const app = appWith(name);
    const { phone, refreshToken, calls } = await newPhone(app);
    await phone.user.update.mutate({ firstName: "Augusta" });
    expect(await (await calls.get("mine")).text()).not.toContain("Augusta");
    const { accessToken } = await app.visitor().auth.refreshToken.mutate({ refreshToken });
    const next = callsOf(app, { authorization: `Bearer ${accessToken}` });
    expect(await (await next.get("mine")).text()).toContain("Augusta");
    expect(await next.cost("mine")).toBe(0);
  });
});

describe("tokens that are not believed", () => {
  test("a token from before the setting, and one of an app's own manager, cost the look at the session", async () => {
    careful.travel(appWith("jwt").offsetMs() - careful.offsetMs());
    const { accessToken, phone } = await newPhone(careful);
    expect(Object.keys(decodeJwt(accessToken))).not.toContain("kw");
    const late = callsOf(appWith("jwt"), { authorization: `Bearer ${accessToken}` });
    expect(await late.cost("mine")).toBe(1);
    await phone.auth.logout.mutate();
    expect(await late.status("mine")).toBe(401);
    const strange = await newPhone(appWith("own"));
    expect(await strange.calls.cost("mine")).toBe(1);
  });

  test("a token that carries its session is looked up where the setting is off", async () => {
    const { accessToken } = await newPhone(appWith("jwt"));
    const calls = callsOf(careful, { authorization: `Bearer ${accessToken}` });
    careful.travel(appWith("jwt").offsetMs() - careful.offsetMs());
    expect(await calls.cost("mine")).toBe(1);
  });

  test("a browser's cookie is looked up, also with a token beside it", async () => {
    const app = appWith("jwt");
    const { ada, accessToken } = await newPhone(app);
    const { headers } = await app.post("auth.login", { email: ada.email, password: ada.password });
    const cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await callsOf(app, { cookie }).cost("mine")).toBe(1);
    expect(await callsOf(app, { cookie, authorization: `Bearer ${accessToken}` }).cost("mine")).toBe(2);
    const laptop = callsOf(app, { cookie });
    await (await app.signedIn(ada)).auth.logout.mutate({ everywhere: true });
    expect(await laptop.status("mine")).toBe(401);
  });

  test("a session that has run out is over, however long its token lasts", async () => {
    const short = { session: { shortHours: 0.01 }, tokens: { statelessAccess: true } };
    const app = await createTestApp(short, careful.database);
    const ada = await careful.addUser();
    const phone = app.visitor({ transport: "bearer" });
    const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password, remember: false });
    const calls = callsOf(app, { authorization: `Bearer ${tokens?.accessToken}` });
    expect(await calls.cost("mine")).toBe(0);
    app.travel(40_000);
    expect(await calls.status("mine")).toBe(401);
    await app.close();
  });
});
