import {
  authenticateByPassword,
  errorFormatter,
  type KeywrightContext,
  KeywrightError,
  mountAuth,
  profileRouters,
  transformer,
} from "@keywright/api";
import type { KeywrightClient } from "@keywright/client";
import { createTRPCClient } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { safeLog } from "../../packages/api/src/log.js";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { ownProvider } from "../support/own-provider.js";
import { browserOf } from "../support/own-router.js";
import { createOwnTokens } from "../support/own-tokens.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

const secret = "hunter2 of the hook";
const timeoutMs = 150;
const modes = ["hangs", "throws", "rejects late"] as const;

/** Which of the app's functions fails at the moment, and how. */
const fault: { name: string; mode: (typeof modes)[number] } = { name: "", mode: "throws" };

/** What the function of this name does instead of its work; null if it works. */
function failing(name: string): Promise<never> | null {
  if (fault.name !== name) return null;
  const error = new TypeError(secret);
  if (fault.mode === "throws") throw error;
  return new Promise((_resolve, reject) => {
    if (fault.mode === "rejects late") setTimeout(reject, timeoutMs + 20, error);
  });
}

const { create } = createOwnTokens();
const provider = ownProvider({ grace: { email: "grace.hook@example.com", isEmailVouched: true } });

/** An app with every function that it may have, each of which can be told to fail. */
const config: TestConfig = {
  hooks: { timeoutMs },
  gate: () => failing("gate") ?? "pass",
  authenticate: (deps, who, input) => failing("authenticate") ?? authenticateByPassword(deps, who, input),
  passwordRule: () => failing("passwordRule"),
  passwordHasher: {
    hash: (password) => failing("passwordHasher.hash") ?? Promise.resolve(`plain ${password}`),
    verify: (stored, given) => failing("passwordHasher.verify") ?? Promise.resolve(stored === `plain ${given}`),
  },
  tokenManager: async (start) => {
    const own = await create(start);
    return {
      ...own,
      issue: (work, subject) => failing("tokenManager.issue") ?? own.issue(work, subject),
      verify: (work, token) => failing("tokenManager.verify") ?? own.verify(work, token),
      refresh: (work, token) => failing("tokenManager.refresh") ?? own.refresh(work, token),
      revoke: (work, token) => failing("tokenManager.revoke") ?? own.revoke(work, token),
      revokeAll: (work, of) => failing("tokenManager.revokeAll") ?? own.revokeAll(work, of),
    };
  },
  onEvent: () => failing("onEvent") ?? undefined,
  providers: [
    {
      ...provider,
      createAuthorizationUrl: (call, request) => failing("provider") ?? provider.createAuthorizationUrl(call, request),
    },
  ],
};

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const company = z.string().refine((name) => failing("profile") ?? name !== "");
const profile = z.strictObject({ company });

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp(config);
});
afterAll(() => app.close());

const people = { count: 0 };
const newcomer = () => ({ email: `hook${++people.count}@example.com`, password: "correct horse 7" });

/** A phone whose owner is signed in, with the tokens that it was given. */
async function phone() {
  const person = newcomer();
  const client = app.visitor({ transport: "bearer" });
  const answer = await client.registration.register.mutate(person);
  const tokens = answer.status === "signed_in" ? answer.tokens : null;
  return { client, person, access: tokens?.accessToken ?? "", refresh: tokens?.refreshToken ?? "" };
}
type Phone = Awaited<ReturnType<typeof phone>>;

/** Each function, and a call that needs it. Where it must not come to an end, it can be made again. */
const calls: [name: string, call: (stranger: KeywrightClient, phone: Phone) => Promise<unknown>][] = [
  ["gate", (stranger, { person }) => stranger.auth.login.mutate(person)],
  ["authenticate", (stranger, { person }) => stranger.auth.login.mutate(person)],
  ["authenticate", (_stranger, { client, person }) => client.auth.reauthenticate.mutate({ password: person.password })],
  ["passwordRule", (stranger) => stranger.registration.register.mutate(newcomer())],
  ["passwordHasher.hash", (stranger) => stranger.registration.register.mutate(newcomer())],
  ["passwordHasher.verify", (stranger, { person }) => stranger.auth.login.mutate(person)],
  ["tokenManager.issue", (_stranger, { person }) => app.visitor({ transport: "bearer" }).auth.login.mutate(person)],
  ["tokenManager.verify", (stranger, { access }) => stranger.auth.verifyToken.mutate({ token: access })],
  ["tokenManager.verify", (_stranger, { client }) => client.user.me.query()],
  ["tokenManager.refresh", (stranger, { refresh }) => stranger.auth.refreshToken.mutate({ refreshToken: refresh })],
  ["tokenManager.revoke", (stranger, { refresh }) => stranger.auth.revokeToken.mutate({ refreshToken: refresh })],
  ["tokenManager.revokeAll", (_stranger, { client }) => client.auth.revokeOtherSessions.mutate()],
];

/** The authenticator's time begins before that of the hasher that it calls. */
const told = (name: string) => (name === "passwordHasher.verify" ? `${name}|authenticate` : name);

/** Until then the late ones have come: Vitest fails a run that has an unhandled rejection. */
const lateOnes = () => new Promise((resolve) => setTimeout(resolve, 40));

/** Does something while a function fails. */
async function whileFailing<T>(name: string, mode: (typeof modes)[number], work: () => Promise<T>): Promise<T> {
  app.logs.length = 0;
  Object.assign(fault, { name, mode });
  return await work().finally(() => Object.assign(fault, { name: "" }));
}

describe.each(modes)("a function of the app's own that %s (A17)", (mode) => {
  test.each(calls)("%s: the caller is refused in time, and the operator reads which one it was", async (name, call) => {
    const owner = await phone();
    const stranger = app.visitor();
    const before = performance.now();
    const reason = await whileFailing(name, mode, () => reasonFor(call(stranger, owner)));
    expect(reason).toBe("UNAVAILABLE");
    expect(performance.now() - before).toBeLessThan(timeoutMs + 2_000);
    expect(app.logs).toContainEqual(
      expect.objectContaining({
        level: "error",
        path: expect.any(String),
        requestId: expect.any(String),
        error: expect.objectContaining({ message: expect.stringMatching(`The app's \`(${told(name)})\` `) }),
      }),
    );
    expect(JSON.stringify(app.logs)).not.toContain("hunter2");
    if (mode === "rejects late") await lateOnes();
    await call(stranger, owner);
  });

  test("onEvent: nobody waits for it, and the operator reads that it failed", async () => {
    const person = newcomer();
    const { status } = await whileFailing("onEvent", mode, async () => {
      const answer = await app.visitor().registration.register.mutate(person);
      await expect.poll(() => JSON.stringify(app.logs)).toContain("The app's `onEvent` ");
      return answer;
    });
    expect(status).toBe("signed_in");
    expect(JSON.stringify(app.logs)).not.toContain("hunter2");
    if (mode === "rejects late") await lateOnes();
  });

  test("a rule of the app's own fields: the caller is refused in time, and the operator reads why", async () => {
    const router = t.router({ ...mountAuth(t), ...profileRouters(profile) });
    const client = createTRPCClient<typeof router>({ links: [browserOf(app, router)] });
    const register = () => client.registration.register.mutate({ ...newcomer(), profile: { company: "Engines" } });
    const read = () => client.user.me.query();
    await register();
    for (const call of [register, read]) {
      expect(await whileFailing("profile", mode, () => reasonFor(call()))).toBe("UNAVAILABLE");
      expect(JSON.stringify(app.logs)).toContain("The app's `profile` ");
      expect(JSON.stringify(app.logs)).not.toContain("hunter2");
      if (mode === "rejects late") await lateOnes();
    }
    expect((await read()).profile).toEqual({ company: "Engines" });
  });
});

describe("a function of the app's own that fails (A17)", () => {
  test("may refuse by itself, and in words of its own", async () => {
    const authenticate = () => Promise.reject(new KeywrightError("REFUSED_BY_APP", { message: "Your trial is over." }));
    const own = await createTestApp({ authenticate }, app.database);
    const error = await refusal(own.visitor().auth.login.mutate(newcomer())).finally(() => own.close());
    expect(error).toMatchObject({
      message: "Your trial is over.",
      data: { reason: "REFUSED_BY_APP", httpStatus: 403 },
    });
    expect(own.logs).toEqual([]);
  });

  test("a provider's: the caller is told so, and the operator why", async () => {
    const start = () => app.visitor().social.start.mutate({ provider: "own" });
    expect(await whileFailing("provider", "throws", () => reasonFor(start()))).toBe("PROVIDER_UNAVAILABLE");
    expect(JSON.stringify(app.logs)).toContain("TypeError");
    expect(JSON.stringify(app.logs)).not.toContain("hunter2");
  });

  test("a link builder that is asynchronous by mistake: the mail waits, and the process lives", async () => {
    const buildLink = () => JSON.parse('"x"') && Promise.reject(new Error(secret));
    const own = await createTestApp({ buildLink }, app.database);
    await own.visitor().registration.register.mutate(newcomer());
    await own.keywright.deliverMail();
    await own.close();
    expect(JSON.stringify(own.logs)).toContain("The app's link builder returned an unusable link");
    expect(JSON.stringify(own.logs)).not.toContain("hunter2");
  });

  test("a log's: no call fails for it, and its entries go to standard error", async () => {
    const write = vi.spyOn(process.stderr, "write");
    const throws = () => {
      throw new Error(secret);
    };
    const rejects = async () => throws();
    for (const log of [throws, rejects]) safeLog(log)({ level: "warn", message: `Entry ${log.name}.` });
    await lateOnes();
    const written = write.mock.calls.map(([text]) => String(text));
    write.mockRestore();
    expect(written.map((line) => JSON.parse(line).message).toSorted()).toEqual(["Entry rejects.", "Entry throws."]);
  });
});
