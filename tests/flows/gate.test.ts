import { type Gate, type GateAnswer, type GateCall, KeywrightError } from "@keywright/api";
import { createKeywrightClient, type KeywrightClientOptions, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp, type TestConfig } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { ownProvider } from "../support/own-provider.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

/** What the gate answers in a story, and what it was asked. */
const gate: { answer: Gate; asked: GateCall[] } = { answer: () => "pass", asked: [] };

const config: TestConfig = {
  gate: (call) => {
    gate.asked.push(call);
    return gate.answer(call);
  },
  hooks: { timeoutMs: 100 },
  providers: [ownProvider({ grace: { email: "grace@example.com", isEmailVouched: true } })],
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp(config);
});
afterAll(() => app.close());
beforeEach(() => {
  gate.answer = () => "pass";
  gate.asked.length = 0;
});

const password = "correct horse 7";
const refuse = (answer: Exclude<GateAnswer, "pass"> = {}) => {
  gate.answer = () => answer;
};

/** Each gated call by a stranger, and what its gate may see of the input. */
const calls: [procedure: string, input: Record<string, unknown>, seen: Record<string, unknown>][] = [
  ["auth.login", { login: "nobody", password, remember: false }, { login: "nobody", remember: false }],
  [
    "registration.register",
    { email: "new@example.com", password, confirmPassword: password, firstName: "New" },
    { email: "new@example.com", firstName: "New" },
  ],
  ["password.requestReset", { email: "nobody@example.com" }, { email: "nobody@example.com" }],
  ["social.start", { provider: "own", returnTo: "/welcome" }, { provider: "own", returnTo: "/welcome" }],
  [
    "social.login",
    { provider: "own", accessToken: "grace", deviceName: "Phone" },
    { provider: "own", deviceName: "Phone" },
  ],
  ["social.login", { provider: "own", idToken: "grace", nonce: "secret nonce" }, { provider: "own" }],
];

const refused = z.object({
  error: z.object({ json: z.object({ message: z.string(), data: z.looseObject({ reason: z.string() }) }) }),
});

/** How a call is refused that no client of ours would send. */
async function refusedWith(own: TestApp, [path, input]: (typeof calls)[number], headers: Record<string, string> = {}) {
  const response = await own.post(path, input, headers);
  const { error } = refused.parse(await response.json());
  return { status: response.status, ...error.json };
}

async function withApp(own: TestConfig, story: (app: TestApp) => Promise<void>): Promise<void> {
  const other = await createTestApp({ ...config, ...own }, app.database);
  await story(other).finally(() => other.close());
}

describe("a gate of the app's own", () => {
  test.each(calls)("is asked about %s, and sees no secret", async (...call) => {
    const [procedure, , seen] = call;
    refuse({ message: "Show that you are human.", proof: "captcha" });
    const headers = { "keywright-proof": "proof 1", "user-agent": "Tester", "x-request-id": "r1" };
    expect(await refusedWith(app, call, headers)).toMatchObject({
      status: 403,
      message: "Show that you are human.",
      data: { reason: "REFUSED_BY_APP", proof: "captcha", code: "FORBIDDEN", requestId: "r1", path: procedure },
    });
    const visitor = { ip: "127.0.0.1", userAgent: "Tester", transport: "cookie", requestId: "r1" };
    expect(gate.asked).toEqual([{ procedure, input: seen, visitor, proof: "proof 1" }]);
    expect(JSON.stringify(gate.asked)).not.toMatch(/correct horse|secret|grace/);
  });

  test.each(calls)("is asked about %s before anything is looked up", async (...call) => {
    refuse();
    const { statements, verifies, hashes } = await app.costOf(() => refusedWith(app, call));
    expect({ statements, verifies, hashes }).toEqual({ statements: [], verifies: 0, hashes: 0 });
    expect(await refusedWith(app, call)).toMatchObject({ message: "The app refuses this." });
  });

  test("lets a visitor in who brings what it asks for", async () => {
    gate.answer = ({ proof }) => (proof === "right" ? "pass" : { proof: "captcha" });
    const ada = { email: "ada.gate@example.com", password };
    const visitor = app.visitor({ headers: { "keywright-proof": "right" } });
    expect(await reasonFor(app.visitor().registration.register.mutate(ada))).toBe("REFUSED_BY_APP");
    await visitor.registration.register.mutate(ada);
    await visitor.password.requestReset.mutate({ email: ada.email });
    const { user } = await visitor.auth.login.mutate(ada);
    expect(user.email).toBe(ada.email);
    const social = await visitor.social.login.mutate({ provider: "own", accessToken: "grace" });
    expect(social.status).toBe("signed_in");
    // Only those that begin something: whoever has a session, a link or a token has been here before.
    gate.asked.length = 0;
    await visitor.user.me.query();
    await visitor.registration.resendVerification.mutate({ email: ada.email });
    await visitor.auth.logout.mutate();
    expect(gate.asked).toEqual([]);
  });

  test("keeps the way back open for a round trip that it refuses", async () => {
    const visitor = app.visitor();
    const { authorizationUrl } = await visitor.social.start.mutate({ provider: "own" });
    const state = new URL(authorizationUrl).searchParams.get("state") ?? "";
    const login = () => visitor.social.login.mutate({ provider: "own", code: "grace", state });
    refuse({ proof: "captcha" });
    expect(await reasonFor(login())).toBe("REFUSED_BY_APP");
    gate.answer = () => "pass";
    expect((await login()).status).toBe("signed_in");
  });

  test("can refuse with an error of ours", async () => {
    gate.answer = () => {
      throw new KeywrightError("REFUSED_BY_APP", { message: "Not today." });
    };
    for (const call of calls) expect((await refusedWith(app, call)).message).toBe("Not today.");
  });

  test("is not shown a proof that is longer than any", async () => {
    const headers = { "keywright-proof": "x".repeat(4097) };
    for (const call of calls) expect((await refusedWith(app, call, headers)).data.reason).toBe("VALIDATION");
    expect(gate.asked).toEqual([]);
  });
});

describe("the limits", () => {
  test("come first: a stranger who is over one is not passed on", async () => {
    const limits = { signInsPerIpPerMinute: 1, registrationsPerIpPerMinute: 1, mailsPerIpPerMinute: 1 };
    await withApp({ limits }, async (own) => {
      for (const call of calls) {
        await own.post(call[0], call[1]);
        gate.asked.length = 0;
        expect((await refusedWith(own, call)).data.reason).toBe("RATE_LIMITED");
        expect(gate.asked).toEqual([]);
      }
    });
    await withApp({ limits: { passwordTriesPerAccount: 1, mailsPerAddressPerHour: 1 } }, async (own) => {
      for (const call of calls.filter(([, { login, email }]) => login === "nobody" || email === "nobody@example.com")) {
        await own.post(call[0], call[1]);
        gate.asked.length = 0;
        expect((await refusedWith(own, call)).data.reason).toBe("RATE_LIMITED");
        expect(gate.asked).toEqual([]);
      }
    });
  });

  test("are not used up by calls that the gate refuses or fails at: a stranger locks nobody out", async () => {
    const ada = await app.addUser();
    const limits = { passwordTriesPerAccount: 2, mailsPerAddressPerHour: 2 };
    const registration = { verification: "mandatory" as const };
    await withApp({ limits, registration }, async (own) => {
      const stranger = own.visitor();
      const newcomer = { email: "locked.gate@example.com", password };
      const tries = [
        () => stranger.auth.login.mutate({ email: ada.email, password: "wrong horse" }),
        () => stranger.password.requestReset.mutate({ email: ada.email }),
        () => stranger.registration.register.mutate(newcomer),
      ];
      refuse();
      for (const attempt of [...tries, ...tries, ...tries]) expect(await reasonFor(attempt())).toBe("REFUSED_BY_APP");
      gate.answer = () => Promise.reject(new Error("away"));
      for (const attempt of tries) expect(await reasonFor(attempt())).toBe("UNAVAILABLE");
      gate.answer = () => "pass";
      await own.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
      await own.visitor().password.requestReset.mutate({ email: ada.email });
      await own.visitor().registration.register.mutate(newcomer);
    });
  });
});

describe("a gate that fails", () => {
  const secret = "hunter2";
  const failures: [how: string, answer: Gate][] = [
    [
      "throws",
      () => {
        throw new TypeError(secret);
      },
    ],
    ["rejects", () => Promise.reject(new TypeError(secret))],
    ["hangs", () => new Promise(() => {})],
    ["rejects late", () => new Promise((_resolve, reject) => setTimeout(reject, 120, new TypeError(secret)))],
    ["answers nothing", () => JSON.parse('{"nothing":1}')],
    ["answers too much", () => ({ message: secret.repeat(100) })],
  ];

  test.each(failures)("because it %s is closed in time, and the operator reads why", async (_how, answer) => {
    gate.answer = answer;
    app.logs.length = 0;
    const before = performance.now();
    for (const call of calls.slice(0, 3)) expect((await refusedWith(app, call)).data.reason).toBe("UNAVAILABLE");
    expect(performance.now() - before).toBeLessThan(3_000);
    const told = app.logs.filter(({ error }) => error?.message.startsWith("The app's `gate` "));
    expect(told.map(({ path }) => path)).toEqual(calls.slice(0, 3).map(([path]) => path));
    expect(JSON.stringify(app.logs)).not.toContain(secret);
    // Late ones have come by now; Vitest fails a run with an unhandled rejection.
    await new Promise((resolve) => setTimeout(resolve, 40));
  });

  test("is open where the settings say so, and the operator reads why", async () => {
    await withApp({ hooks: { timeoutMs: 50, gateFailure: "open" } }, async (own) => {
      const ada = await own.addUser();
      for (const [, answer] of failures) {
        gate.answer = answer;
        own.logs.length = 0;
        await own.signedIn(ada);
        expect(own.logs).toMatchObject([{ level: "error", path: "auth.login", requestId: expect.any(String) }]);
        expect(JSON.stringify(own.logs)).not.toContain(secret);
      }
      refuse();
      expect(await reasonFor(own.signedIn(ada))).toBe("REFUSED_BY_APP");
    });
  });
});

describe("the client", () => {
  function clientWith(options: Pick<KeywrightClientOptions, "proof">) {
    return createKeywrightClient({
      url: publicUrl,
      fetch: createBrowser((request) => app.handle(request, "127.0.0.1")).fetch,
      ...options,
    });
  }
  const forPath = (procedure: string) => `for ${procedure}`;

  test.each([
    ["a value", "a value", "a value"],
    ["a function", forPath, "for password.requestReset"],
    ["an asynchronous function", async (procedure: string) => forPath(procedure), "for password.requestReset"],
    ["nothing", () => null, null],
  ] as const)("sends %s as its proof", async (_what, proof, sent) => {
    await clientWith({ proof }).password.requestReset.mutate({ email: "nobody@example.com" });
    expect(gate.asked.map((call) => call.proof)).toEqual([sent]);
  });

  test("asks for a proof at each gated call, and at no other", async () => {
    const asked: string[] = [];
    const client = clientWith({ proof: (procedure) => `proof ${asked.push(procedure)}` });
    const ada = await app.addUser();
    await client.auth.config.query();
    await client.auth.login.mutate({ email: ada.email, password: ada.password });
    await client.auth.login.mutate({ email: ada.email, password: ada.password });
    await client.user.me.query();
    await client.social.start.mutate({ provider: "own" });
    await client.registration.resendVerification.mutate({ email: ada.email });
    expect(asked).toEqual(["auth.login", "auth.login", "social.start"]);
  });

  test("fails a call whose proof cannot be had", async () => {
    const client = clientWith({ proof: () => Promise.reject(new Error("The widget was closed.")) });
    const error = await refusal(client.password.requestReset.mutate({ email: "nobody@example.com" }));
    expect(error).toMatchObject({ message: "The widget was closed." });
    expect(reasonOf(error)).toBe(null);
    expect(gate.asked).toEqual([]);
  });
});
