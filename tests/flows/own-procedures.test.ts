import {
  createFetchHandler,
  credentialProcedure,
  errorFormatter,
  freshProcedure,
  type KeywrightContext,
  KeywrightError,
  mountAuth,
  publicProcedure,
  register,
  requestPasswordReset,
  transformer,
  verifiedProcedure,
} from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { createTRPCClient, httpLink, TRPCClientError } from "@trpc/client";
import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createBrowser } from "../support/browser.js";
import { refusal } from "../support/refusal.js";

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const signingUp = t.procedure.concat(credentialProcedure("registrationsPerIp"));
const askingForMail = t.procedure.concat(credentialProcedure("mailsPerIp"));
const { auth, password, user } = mountAuth(t);
const customers = new Map<string, string>();

const signUpInput = z.strictObject({ invitation: z.string(), mail: z.email(), secret: z.string() });

const codes = [
  "CONFLICT",
  "PAYMENT_REQUIRED",
  "NOT_FOUND",
  "BAD_REQUEST",
  "FORBIDDEN",
  "INTERNAL_SERVER_ERROR",
] as const;
const thrownInput = z.strictObject({
  code: z.enum(codes),
  message: z.string().optional(),
  cause: z.string().optional(),
});

function throwAs({ code, message, cause }: z.infer<typeof thrownInput>): never {
  throw new TRPCError({
    code,
    ...(message === undefined ? {} : { message }),
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}

/** An app that invites: its own sign-up in place of ours, its own way to ask for a reset, and guarded fields. */
const ownRouter = t.router({
  auth,
  password,
  user,
  invited: t.router({
    signUp: signingUp.input(signUpInput).mutation(async ({ ctx, input }) => {
      if (input.invitation !== "from Bob") throw new KeywrightError("FORBIDDEN");
      const { deps, who, carrier } = ctx.auth;
      const started = await register(deps, who, { email: input.mail, password: input.secret });
      const answer = started && carrier.deliver(started);
      return { welcome: answer?.user.email ?? null, invitation: input.invitation };
    }),
    forgot: askingForMail.input(z.strictObject({ customer: z.string() })).mutation(async ({ ctx, input }) => {
      const email = customers.get(input.customer) ?? "nobody@example.com";
      return await requestPasswordReset(ctx.auth.deps, ctx.auth.who, { email });
    }),
    forVerified: t.procedure.concat(verifiedProcedure).query(({ ctx }) => ctx.user.email),
    soldOut: t.procedure.query(() => {
      throw new TRPCError({ code: "CONFLICT", message: "Sold out." });
    }),
    throws: t.procedure.input(thrownInput).query(({ input }) => throwAs(input)),
    throwsWithin: t.procedure
      .concat(publicProcedure)
      .input(thrownInput)
      .mutation(({ input }) => throwAs(input)),
    forFresh: t.procedure.concat(freshProcedure).query(({ ctx }) => ctx.session.id),
  }),
});

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

function visitor() {
  const { createContext } = app.keywright;
  const handle = createFetchHandler({ router: ownRouter, endpoint: "/trpc", createContext });
  const { fetch } = createBrowser((request) => handle(request, "127.0.0.1"), {});
  const link = httpLink({
    url: `${publicUrl}/trpc`,
    transformer: superjson,
    fetch: (url, { signal = null, ...init } = {}) => fetch(String(url), { ...init, signal }),
  });
  return createTRPCClient<typeof ownRouter>({ links: [link] });
}

async function signedIn({ email, password }: TestUser) {
  const own = visitor();
  await own.auth.login.mutate({ email, password });
  return own;
}

describe("an app that builds on the parts", () => {
  test("serves its own sign-up, with its own fields, guard and answer", async () => {
    const own = visitor();
    const input = { invitation: "from Mallory", mail: "invited@example.com", secret: "correct horse" };
    expect(reasonOf(await refusal(own.invited.signUp.mutate(input)))).toBe("FORBIDDEN");
    const answer = await own.invited.signUp.mutate({ ...input, invitation: "from Bob" });
    expect(answer).toEqual({ welcome: "invited@example.com", invitation: "from Bob" });
    expect(await own.user.me.query()).toMatchObject({ email: "invited@example.com", emailVerified: false });
    expect((await app.mailTo("invited@example.com")).links).toHaveLength(1);
  });

  test("has the rules for passwords in it all the same", async () => {
    const input = { invitation: "from Bob", mail: "weak@example.com", secret: "password1" };
    expect(reasonOf(await refusal(visitor().invited.signUp.mutate(input)))).toBe("VALIDATION");
  });

  test("leaves out the groups that it does not want", async () => {
    const { createContext } = app.keywright;
    const handle = createFetchHandler({ router: ownRouter, endpoint: "/trpc", createContext });
    const body = JSON.stringify({ json: { email: "ada@example.com", password: "correct horse" } });
    const headers = { "content-type": "application/json" };
    const url = `${publicUrl}/trpc/registration.register`;
    expect((await handle(new Request(url, { method: "POST", headers, body }), "127.0.0.1")).status).toBe(404);
  });

  test("finds the user who forgot a password by what it knows them by", async () => {
    const ada = await app.addUser();
    customers.set("K-17", ada.email);
    expect(await visitor().invited.forgot.mutate({ customer: "K-17" })).toEqual({});
    const token = await app.tokenFromMail(ada.email);
    expect(await app.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "reset_password" });
    expect(await visitor().invited.forgot.mutate({ customer: "K-18" })).toEqual({});
  });

  test("opens a field to those who have proved their address, and to nobody else", async () => {
    const ada = await app.addUser();
    expect(reasonOf(await refusal(visitor().invited.forVerified.query()))).toBe("NOT_AUTHENTICATED");
    const unproved = { email: "unproved@example.com", username: "unproved", password: "correct horse" };
    await app.visitor().registration.register.mutate(unproved);
    const early = await signedIn(unproved);
    expect(reasonOf(await refusal(early.invited.forVerified.query()))).toBe("EMAIL_NOT_VERIFIED");
    expect(await (await signedIn(ada)).invited.forVerified.query()).toBe(ada.email);
  });

  test("opens a field to those who gave their password a short time ago", async () => {
    const ada = await app.addUser();
    const own = await signedIn(ada);
    expect(await own.invited.forFresh.query()).toBeTruthy();
    app.travel(10 * 60_000 + 1000);
    expect(reasonOf(await refusal(own.invited.forFresh.query()))).toBe("REAUTHENTICATION_REQUIRED");
    await own.auth.reauthenticate.mutate({ password: ada.password });
    expect(await own.invited.forFresh.query()).toBeTruthy();
  });
});

describe("an error that an app's own procedure throws", () => {
  /** What a caller sees of it: status, code, reason and text. */
  async function seen(call: Promise<unknown>) {
    const error = await refusal(call);
    if (!(error instanceof TRPCClientError)) throw error;
    const { httpStatus, code, reason } = error.data;
    return { httpStatus, code, reason, message: error.message };
  }

  test("arrives with its own code and text, from a procedure of any base", async () => {
    const own = visitor().invited;
    const conflict = { httpStatus: 409, code: "CONFLICT", reason: "VALIDATION", message: "Sold out." };
    expect(await seen(own.soldOut.query())).toEqual(conflict);
    const thrown = { message: "Sold out." };
    for (const code of codes.filter((code) => code !== "INTERNAL_SERVER_ERROR")) {
      expect(await seen(own.throws.query({ ...thrown, code }))).toMatchObject({ code, ...thrown });
      expect(await seen(own.throwsWithin.mutate({ ...thrown, code }))).toMatchObject({ code, ...thrown });
    }
    expect(await seen(own.throws.query({ ...thrown, code: "NOT_FOUND" }))).toMatchObject({ reason: "NOT_FOUND" });
    const caused = { code: "CONFLICT", message: "Sold out.", cause: "select secret" } as const;
    expect(await seen(own.throws.query(caused))).toEqual(conflict);
  });

  test("tells nothing that the app did not say on purpose", async () => {
    const own = visitor().invited;
    const silent = [
      { code: "CONFLICT", cause: "select secret" },
      { code: "BAD_REQUEST", cause: "select secret" },
      { code: "INTERNAL_SERVER_ERROR", message: "select secret" },
      { code: "INTERNAL_SERVER_ERROR", cause: "select secret" },
    ] as const;
    for (const thrown of silent) {
      const answers = [await seen(own.throws.query(thrown)), await seen(own.throwsWithin.mutate(thrown))];
      for (const answer of answers) expect(JSON.stringify(answer)).not.toContain("select");
    }
    expect(await seen(own.throws.query({ code: "CONFLICT" }))).toMatchObject({ message: "The input is not valid." });
  });

  test("tRPC's own errors arrive in our words", async () => {
    const { createContext } = app.keywright;
    const handle = createFetchHandler({ router: ownRouter, endpoint: "/trpc", createContext });
    const messages: string[] = [];
    for (const at of [
      "no.such",
      "invited.soldOut,no.such?batch=1",
      "auth.login",
      "invited.throwsWithin,invited.throwsWithin?batch=1&input=5",
      "invited.throws,invited.throws?batch=1&input=5",
      "invited.throws?input=%7B",
      `${Array(11).fill("invited.soldOut").join(",")}?batch=1`,
    ]) {
      const text = await (await handle(new Request(`${publicUrl}/trpc/${at}`), "127.0.0.1")).text();
      messages.push(...[...text.matchAll(/"message":"([^"]*)/g)].map(([, message = ""]) => message));
    }
    expect(new Set(messages)).toEqual(
      new Set(["There is no such thing here.", "The input is not valid.", "Sold out."]),
    );
  });
});
