import {
  type Deps,
  errorFormatter,
  type KeywrightContext,
  publicProcedure,
  summarize,
  transformer,
} from "@keywright/api";
import { createTRPCUntypedClient } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { ownProvider } from "../support/own-provider.js";
import { browserOf } from "../support/own-router.js";
import { createOwnTokens } from "../support/own-tokens.js";
import { reasonFor } from "../support/reason.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const secret = "correct horse hunter2";
/** As it stands, in an address, and its beginning. */
const shapes = [secret, encodeURIComponent(secret), "correct+horse", "hunter2", "correct h"];

/** Another instance on the same database; all that it wrote down in the story. */
async function writtenBy(config: TestConfig, story: (own: TestApp) => Promise<void>): Promise<string> {
  const own = await createTestApp(config, app.database);
  await story(own).finally(() => own.close());
  const mails = await app.sql("select last_error from keywright.outbox");
  return JSON.stringify([own.logs, mails]);
}

const register = (own: TestApp, email: string) => {
  return reasonFor(own.visitor().registration.register.mutate({ email, password: secret }));
};
const login = (own: TestApp) => {
  return reasonFor(own.visitor().auth.login.mutate({ email: "nobody@example.com", password: secret }));
};
const lookUp = (text: string): never => {
  throw new TypeError(`fetch failed https://list.example/?password=${encodeURIComponent(text)} (${text})`);
};

describe("an operator reads no password in the log when", () => {
  test("K6: a password rule throws with its address", async () => {
    const written = await writtenBy({ passwordRule: lookUp }, async (own) => {
      expect(await register(own, "rule@example.com")).toBe("UNAVAILABLE");
    });
    for (const shape of shapes) expect(written).not.toContain(shape);
    expect(written).toContain('"name":"TypeError"');
    expect(written).toContain("lookUp");
    expect(written).toContain('"path":"registration.register"');
  });

  test("K6: an authenticator throws what a JSON parser says of the password", async () => {
    const authenticate = async (_deps: Deps, _who: object, { password }: { password: string }) => JSON.parse(password);
    const written = await writtenBy({ authenticate }, async (own) => expect(await login(own)).toBe("UNAVAILABLE"));
    for (const shape of shapes) expect(written).not.toContain(shape);
    expect(written).toContain('"name":"SyntaxError"');
  });

  test("K6: it is in the cause, the name or the code of what is thrown, or that is no error", async () => {
    const thrown = [
      new Error("outer", { cause: new Error(secret) }),
      Object.assign(new Error("x"), { name: `Bad ${secret}`, code: `E ${secret}` }),
      Object.assign(new Error(secret), { message: "changed" }),
      new AggregateError([new Error(secret)], secret),
      { password: secret },
      secret,
    ];
    for (const what of thrown) {
      const passwordRule = () => Promise.reject(what);
      const written = await writtenBy({ passwordRule }, async (own) => {
        expect(await register(own, "shapes@example.com")).toBe("UNAVAILABLE");
      });
      for (const shape of shapes) expect(written).not.toContain(shape);
    }
  });

  test("K6: a hasher, a token manager or a listener throws", async () => {
    const passwordHasher = {
      hash: async (password: string) => (password === secret ? lookUp(password) : "stored"),
      verify: async (_stored: string, password: string) => lookUp(password),
    };
    const hashing = await writtenBy({ passwordHasher }, async (own) => {
      expect([await register(own, "hasher@example.com"), await login(own)]).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
    });
    const { create } = createOwnTokens();
    const tokenManager: typeof create = async (start) => ({
      ...(await create(start)),
      verify: async () => lookUp(secret),
    });
    const verifying = await writtenBy({ tokenManager }, async (own) => {
      expect(await reasonFor(own.visitor().auth.verifyToken.mutate({ token: secret }))).toBe("UNAVAILABLE");
    });
    const listening = await writtenBy({ onEvent: () => lookUp(secret) }, async (own) => void (await own.addUser()));
    for (const written of [hashing, verifying, listening]) {
      for (const shape of shapes) expect(written).not.toContain(shape);
      expect(written).toContain("lookUp");
    }
  });

  test("K6: a renderer or a link builder throws", async () => {
    const renderMail = () => lookUp(secret);
    for (const config of [{ renderMail }, { buildLink: () => lookUp(secret) }]) {
      const written = await writtenBy(config, async (own) => {
        const email = `mail${Object.keys(config)}@example.com`;
        await own.visitor().registration.register.mutate({ email, password: "battery staple" });
        await own.keywright.deliverMail();
      });
      for (const shape of shapes) expect(written).not.toContain(shape);
      expect(written).toMatch(/The app's (renderer|link builder) threw (on|for)/);
    }
  });

  test("K6: a provider of the app's own throws, and its name and code are no words", async () => {
    const identifyByIdToken = async (_call: object, { idToken }: { idToken: string }) => {
      throw Object.assign(new TypeError(idToken), { name: `Bad ${idToken}`, code: idToken });
    };
    const providers = [{ ...ownProvider({}), identifyByIdToken }];
    const written = await writtenBy({ providers }, async (own) => {
      const login = own.visitor().social.login.mutate({ provider: "own", idToken: secret, nonce: "n" });
      expect(await reasonFor(login)).toBe("PROVIDER_UNAVAILABLE");
    });
    for (const shape of shapes) expect(written).not.toContain(shape);
    expect(written).toContain("Signing in with the provider own failed: Error.");
  });

  test("K6: a procedure of the app's own throws", async () => {
    const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
    const router = t.router({ own: t.procedure.concat(publicProcedure).query(() => lookUp(secret)) });
    app.logs.length = 0;
    const client = createTRPCUntypedClient({ links: [browserOf(app, router)] });
    expect(await reasonFor(client.query("own"))).toBe("INTERNAL");
    const written = JSON.stringify(app.logs);
    expect(written).toContain("lookUp");
    for (const shape of shapes) expect(written).not.toContain(shape);
  });
});

describe("what is kept of an error", () => {
  const framed = (message: string) => new Error(message);

  test("K21: lines of a message that look like frames are left out, and the real ones are kept", () => {
    const error = framed(`first\n    at ${secret} (/srv/app.js:1:1)\n    at other (/srv/${secret}.js:2:2)`);
    const { at } = summarize(error);
    expect(at[0]).toContain("framed");
    for (const shape of shapes) expect(JSON.stringify(at)).not.toContain(shape);
  });

  test("K21: nothing of a stack is kept that was made with another message", () => {
    const line = `    at ${secret} (/srv/app.js:1:1)`;
    for (const message of ["other", ""]) {
      const error = Object.assign(framed(`first\n${line}`), { message });
      expect(JSON.stringify(summarize(error))).not.toContain("hunter2");
    }
  });

  test("an error without a message keeps its place", () => {
    expect(summarize(framed("")).at[0]).toContain("framed");
  });
});
