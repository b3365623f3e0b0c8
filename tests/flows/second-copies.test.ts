import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import * as api from "@keywright/api";
import {
  createFetchHandler,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  summarize,
  userProcedure,
} from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { z as zod3 } from "zod/v3";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";

/*
 * A package's CommonJS build is a second copy of it, with classes and symbols of its own, as is another version, or what
 * a bundler made. A CommonJS app has tRPC's; the house has the other one.
 */
const require = createRequire(import.meta.url);
const trpc: typeof import("@trpc/server") = require("@trpc/server");
const adapter: typeof import("@trpc/server/adapters/fetch") = require("@trpc/server/adapters/fetch");
const secondZod: typeof import("zod") = require("zod");
/** By another name, the same file is another module. */
const sources = fileURLToPath(new URL("../../packages/api/src/", import.meta.url));
const secondCopyOf = (file: string) => import(/* @vite-ignore */ `${sources}${file}.ts?second`);
const secondErrors: Pick<typeof api, "KeywrightError"> = await secondCopyOf("contract/reasons");
const secondMail: Pick<typeof api, "mailFailure"> = await secondCopyOf("mail/mail");

const standardSchema = {
  "~standard": {
    version: 1,
    vendor: "somebody",
    validate: (): { issues: { message: string; path: { key: string }[] }[] } => ({
      issues: [{ message: "No luck: hunter2", path: [{ key: "a" }] }],
    }),
  },
} as const;

const roots = {
  "our formatter": { errorFormatter },
  // As create-t3-app has it.
  "the app's own formatter": {
    errorFormatter: ({ shape }: { shape: object }) => ({ ...shape, message: "mine", data: { zodError: null } }),
  },
};

function routerOf(formatter: object, isOurs: boolean) {
  const t = trpc.initTRPC
    .context<KeywrightContext>()
    .create({ ...formatter, transformer: api.transformer, isDev: false });
  const thrown = (error: Error) => () => {
    throw error;
  };
  const signedIn = t.procedure.concat(userProcedure);
  const open = t.procedure.concat(api.publicProcedure);
  return t.router({
    // Our formatter needs no mountAuth.
    ...(isOurs ? api.authRouters : mountAuth(t)),
    own: t.router({
      me: signedIn.query(({ ctx }) => ctx.user.email),
      missing: open.query(thrown(new trpc.TRPCError({ code: "NOT_FOUND", message: "No such post." }))),
      conflict: open.query(thrown(new trpc.TRPCError({ code: "CONFLICT", message: "Sold out." }))),
      refused: open.query(thrown(new secondErrors.KeywrightError("FORBIDDEN"))),
      broken: open.query(thrown(new Error("select secret"))),
      zod4: open.input(secondZod.z.strictObject({ a: secondZod.z.string() })).query(() => ({})),
      zod3: open.input(zod3.object({ a: zod3.string().min(1) }).strict()).query(() => ({})),
      other: open.input(standardSchema).query(() => ({})),
      plain: t.procedure.query(thrown(new trpc.TRPCError({ code: "CONFLICT", message: "Sold out." }))),
    }),
  });
}

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

describe.each(Object.entries(roots))("T1, T2: an app on another copy of tRPC, with %s", (name, formatter) => {
  const router = routerOf(formatter, name === "our formatter");
  const createContext = (input: Parameters<TestApp["keywright"]["createContext"]>[0]) =>
    app.keywright.createContext(input);
  const handlers = {
    ours: createFetchHandler({ router, endpoint: "/trpc", createContext }),
    "its own": (req: Request) => adapter.fetchRequestHandler({ router, endpoint: "/trpc", req, createContext }),
  };

  async function answerOf(handler: keyof typeof handlers, path: string, input: unknown) {
    const isQuery = path.startsWith("own.");
    const text = JSON.stringify({ json: input });
    const url = `${publicUrl}/trpc/${path}${isQuery ? `?input=${encodeURIComponent(text)}` : ""}`;
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: text };
    const response = await handlers[handler](new Request(url, isQuery ? {} : post));
    const { error } = z
      .object({ error: z.object({ json: z.record(z.string(), z.unknown()) }) })
      .parse(await response.json());
    const { message, data } = z.looseObject({ message: z.string(), data: z.looseObject({}) }).parse(error.json);
    return { status: response.status, message, ...data };
  }

  test.each(["ours", "its own"] as const)("a caller is refused for our reasons by %s handler", async (handler) => {
    const ada = await app.addUser();
    const wrong = await answerOf(handler, "auth.login", { email: ada.email, password: "wrong horse" });
    expect(wrong).toMatchObject({ status: 401, code: "UNAUTHORIZED", reason: "INVALID_CREDENTIALS" });
    expect(wrong.message).toBe("The login or the password is wrong.");
    expect(await answerOf(handler, "auth.login", {})).toMatchObject({
      status: 400,
      reason: "VALIDATION",
      fields: { password: [{ reason: "REQUIRED" }] },
    });
    expect(await answerOf(handler, "own.me", null)).toMatchObject({ status: 401, reason: "NOT_AUTHENTICATED" });
    expect(await answerOf(handler, "own.refused", null)).toMatchObject({ status: 403, reason: "FORBIDDEN" });
  });

  test.each(["ours", "its own"] as const)(
    "an app's own errors stay what they are through %s handler",
    async (handler) => {
      const missing = { status: 404, code: "NOT_FOUND", reason: "NOT_FOUND", message: "No such post." };
      expect(await answerOf(handler, "own.missing", null)).toMatchObject(missing);
      const conflict = { status: 409, code: "CONFLICT", message: "Sold out." };
      expect(await answerOf(handler, "own.conflict", null)).toMatchObject(conflict);
      const plain = await answerOf(handler, "own.plain", null);
      if (name === "our formatter") expect(plain).toMatchObject(conflict);
      else expect(plain).toMatchObject({ message: "mine", zodError: null });
      const broken = { status: 500, reason: "INTERNAL", message: "Something went wrong on our side." };
      expect(await answerOf(handler, "own.broken", null)).toMatchObject(broken);
    },
  );

  test.each(["ours", "its own"] as const)(
    "faults of the input are named by field through %s handler",
    async (handler) => {
      const faulty = { status: 400, reason: "VALIDATION" };
      for (const path of ["own.zod4", "own.zod3"]) {
        expect(await answerOf(handler, path, {})).toMatchObject({ ...faulty, fields: { a: [{ reason: "REQUIRED" }] } });
        const fields = { b: [{ reason: "UNKNOWN_FIELD" }] };
        expect(await answerOf(handler, path, { a: "x", b: 1 })).toMatchObject({ ...faulty, fields });
      }
      expect(await answerOf(handler, "own.zod3", { a: "" })).toMatchObject({ fields: { a: [{ reason: "REQUIRED" }] } });
      const other = await answerOf(handler, "own.other", {});
      expect(other).toMatchObject({ ...faulty, fields: { a: [{ reason: "INVALID" }] } });
      expect(JSON.stringify(other)).not.toContain("hunter2");
    },
  );
});

test("a mailer's failure, of the copy that a settings file imports, tells its code in the log", () => {
  const failure = secondMail.mailFailure("server", "503");
  expect(summarize(failure)).toMatchObject({ name: "MailFailure", message: expect.stringContaining("503") });
});
