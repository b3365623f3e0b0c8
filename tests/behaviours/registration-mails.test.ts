import {
  createFetchHandler,
  errorFormatter,
  type KeywrightContext,
  KeywrightError,
  mountAuth,
  publicProcedure,
  register,
  transformer,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { accountRow, accountsOf, mailsTo, refusalIn, withInstance } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false } });
});
afterAll(() => app.close());

const password = "correct horse";
const appUrl = "https://front.example.com/app";

test("a new user is unverified and gets one mail, with one link to the address that is set", async () => {
  await withInstance(app, { appUrl, mail: { paths: { verify_email: "/welcome" } } }, async (front) => {
    const email = "one.mail@example.com";
    const visitor = front.visitor();
    await visitor.registration.register.mutate({ email, password });
    expect(await visitor.user.me.query()).toMatchObject({ emailVerified: false });
    const { links } = await front.mailTo(email);
    expect(links).toEqual([
      expect.stringMatching(/^https:\/\/front\.example\.com\/app\/welcome\?token=kwo_[\w-]{43}$/),
    ]);
    expect(await mailsTo(front, email)).toBe(1);
  });
});

test("a phone app's own links are mailed, with the page and the token that they have to open", async () => {
  const buildLink = ({ page, token }: { page: string; token: string | null }) => `myapp://${page}/${token}`;
  await withInstance(app, { buildLink }, async (phone) => {
    const email = "own.link@example.com";
    await phone.visitor().registration.register.mutate({ email, password });
    const { links, text } = await phone.mailTo(email);
    expect(links).toEqual([expect.stringMatching(/^myapp:\/\/verify_email\/kwo_[\w-]{43}$/)]);
    expect(text).toContain(links[0]);
    const token = links[0]?.split("/").at(-1) ?? "";
    expect(await phone.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  });
});

test("a new user's mail has the same link in its text and in its HTML", async () => {
  await app.visitor().registration.register.mutate({ email: "both.parts@example.com", password });
  const { text, html, links } = await app.mailTo("both.parts@example.com");
  expect(text.split("\n")).toContain(links[0]);
  expect(html).toContain(`<a href="${links[0]}"`);
});

test("a new user is in at once and gets no mail where verification is off, not even on request", async () => {
  await withInstance(app, { registration: { verification: "none" } }, async (open) => {
    const email = "never.asked@example.com";
    const visitor = open.visitor();
    await visitor.registration.register.mutate({ email, password });
    await visitor.user.update.mutate({ firstName: "Never" });
    await visitor.password.change.mutate({ currentPassword: password, newPassword: "battery staple" });
    expect(await visitor.user.me.query()).toMatchObject({ firstName: "Never" });
    const before = await mailsTo(open, email);
    expect(app.mails.findLast(({ to }) => to === email)?.subject).toMatch(/password was changed/);
    expect(await visitor.registration.resendVerification.mutate({ email })).toEqual({});
    expect(await mailsTo(open, email)).toBe(before);
  });
});

test("a new user reads the app's own mail; while the app cannot write it the account is there and the mail waits", async () => {
  const state = { isBroken: true };
  const renderMail = ({ link }: { link: string | null }) => {
    if (state.isBroken) throw new Error("no such template");
    return { subject: "Ahoy", text: `Come aboard: ${link}`, html: `<a href="${link}">Come aboard</a>` };
  };
  await withInstance(app, { renderMail }, async (own) => {
    const email = "own.words@example.com";
    const answer = await own.visitor().registration.register.mutate({ email, password });
    expect(answer.status).toBe("signed_in");
    expect(await mailsTo(own, email)).toBe(0);
    expect(await accountsOf(app, email)).toBe(1);
    state.isBroken = false;
    own.travel(20_000);
    expect(await own.mailTo(email)).toMatchObject({ subject: "Ahoy" });
    const token = await own.tokenFromMail(email);
    expect(await own.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  });
});

test.each([
  ["no subject", { subject: "" }],
  ["no text", { text: " " }],
  ["no HTML", { html: "" }],
  ["a text that has lost the link", { text: "Come aboard." }],
])("no user gets a mail that the app wrote with %s: it waits, and the log says why", async (what, part) => {
  const renderMail = ({ link }: { link: string | null }) => ({
    subject: "Ahoy",
    text: `${link}`,
    html: "Ahoy",
    ...part,
  });
  await withInstance(app, { renderMail }, async (own) => {
    const email = `incomplete.${what.replaceAll(" ", ".")}@example.com`;
    await own.visitor().registration.register.mutate({ email, password });
    expect(await mailsTo(own, email)).toBe(0);
    const failures = own.logs.filter(({ level }) => level === "warn").map(({ error }) => error?.message);
    expect([...new Set(failures)]).toEqual([
      expect.stringMatching(/renderer returned an unusable mail of the kind verify_email/),
    ]);
    expect(JSON.stringify(own.logs)).not.toContain("kwo_");
  });
});

test("a visitor without the app's own permission is refused with status 403 by the app's own procedure", async () => {
  const invitation = z.strictObject({ code: z.string(), email: z.email(), password: z.string() });
  const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
  const router = t.router({
    ...mountAuth(t),
    join: publicProcedure.input(invitation).mutation(async ({ ctx, input: { code, ...input } }) => {
      if (code !== "open sesame") throw new KeywrightError("FORBIDDEN");
      const started = await register(ctx.auth.deps, ctx.auth.who, input);
      return started ? ctx.auth.carrier.deliver(started).status : "verification_sent";
    }),
  });
  const handle = createFetchHandler({ router, endpoint: "/trpc", createContext: app.keywright.createContext });
  const join = (code: string) => {
    const body = JSON.stringify({ json: { code, email: "guest@example.com", password } });
    const headers = { "content-type": "application/json" };
    return handle(new Request(`${publicUrl}/trpc/join`, { method: "POST", headers, body }), "127.0.0.1");
  };
  const refused = await join("guessed");
  expect(refused.status).toBe(403);
  expect(await refusalIn(refused)).toMatchObject({ reason: "FORBIDDEN" });
  expect(await accountsOf(app, "guest@example.com")).toBe(0);
  const joined = await join("open sesame");
  expect(joined.status).toBe(200);
  expect(joined.headers.getSetCookie().join()).toContain("keywright-session=kws_");
  expect(await accountRow(app, "guest@example.com")).toHaveLength(1);
});
