import { authRouters, createFetchHandler, errorFormatter, type KeywrightContext, transformer } from "@keywright/api";
import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { initTRPC } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const ask = (email: string, instance = app) => instance.visitor().password.requestReset.mutate({ email });

/** The mails that `work` causes, to whomever. */
async function mailsOf(work: () => Promise<unknown>, instance = app) {
  await instance.keywright.deliverMail();
  const before = instance.mails.length;
  await work();
  await instance.keywright.deliverMail();
  return instance.mails.slice(before);
}

const stateOf = (email: string, change: string) =>
  app.sql(`update keywright.users set ${change} where email_key = '${email}'`);

describe("asking for a reset", () => {
  test("a user gets exactly one mail, with one link", async () => {
    const ada = await app.addUser();
    const mails = await mailsOf(() => ask(ada.email));
    expect(mails).toEqual([expect.objectContaining({ to: ada.email, subject: "Reset your Keywright password" })]);
    expect(mails[0]?.links).toEqual([expect.stringContaining(`${publicUrl}/reset-password?token=`)]);
  });

  test("a user who types the address in another case gets it at the stored one", async () => {
    const ada = await app.addUser({ email: "Ada.Lovelace@Example.com" });
    for (const typed of ["ada.lovelace@example.com", "ADA.LOVELACE@EXAMPLE.COM"]) {
      const mails = await mailsOf(() => ask(typed));
      expect(mails.map(({ to }) => to)).toEqual([ada.email]);
    }
  });

  test("a visitor cannot tell from the answer whose account there is, and in which state", async () => {
    const [known, disabled, archived] = [await app.addUser(), await app.addUser(), await app.addUser()];
    await stateOf(disabled.email, "is_disabled = true");
    await stateOf(archived.email, "archived_at = created_at");
    await app.visitor().registration.register.mutate({ email: "unproved@example.com", password: "correct horse" });
    const addresses = ["nobody@example.com", known.email, disabled.email, archived.email, "unproved@example.com"];
    const answers: unknown[] = [];
    for (const email of addresses) {
      const response = await app.post("password.requestReset", { email });
      answers.push([response.status, [...response.headers], await response.text()]);
    }
    expect(answers).toEqual(addresses.map(() => answers[0]));
    expect(answers[0]).toMatchObject([200, expect.anything(), '{"result":{"data":{"json":{}}}}']);
  });

  test("a user whose account is disabled gets no mail", async () => {
    const ada = await app.addUser();
    await stateOf(ada.email, "is_disabled = true");
    expect(await mailsOf(() => ask(ada.email))).toEqual([]);
    await stateOf(ada.email, "is_disabled = false");
    expect(await mailsOf(() => ask(ada.email))).toHaveLength(1);
  });

  test("an unverified user gets the reset link where no address has to be verified", async () => {
    const trusting = await createTestApp({ registration: { verification: "none" } }, app.database);
    const email = "trusted@example.com";
    await trusting.visitor().registration.register.mutate({ email, password: "correct horse" });
    const mails = await mailsOf(() => ask(email, trusting), trusting);
    expect(mails).toEqual([expect.objectContaining({ to: email, subject: "Reset your Keywright password" })]);
    await trusting.close();
  });

  test.each([
    [{}, { email: "REQUIRED" }],
    [{ email: "" }, { email: "INVALID_EMAIL" }],
    [{ email: "ada" }, { email: "INVALID_EMAIL" }],
    [{ email: "ada@" }, { email: "INVALID_EMAIL" }],
    [{ email: "@example.com" }, { email: "INVALID_EMAIL" }],
    [{ email: "ada@example.com", userId: "1" }, { userId: "UNKNOWN_FIELD" }],
  ])("a visitor who sends %j is told what is wrong at the field, and nothing is mailed", async (input, faults) => {
    const expected = Object.entries(faults).map(([name, reason]) => [name, [expect.objectContaining({ reason })]]);
    const mails = await mailsOf(async () => {
      const response = await app.post("password.requestReset", input);
      expect(response.status).toBe(400);
      const { data } = await refusalIn(response);
      expect(data.fields).toEqual(Object.fromEntries(expected));
    });
    expect(mails).toEqual([]);
  });
});

describe("what a reset is asked for by", () => {
  test("a stranger who knows no more than a username cannot have mail sent", async () => {
    const ada = await app.addUser();
    const mails = await mailsOf(async () => {
      expect(fieldErrorsOf(await refusal(ask(ada.username)))).toMatchObject({ email: [{ reason: "INVALID_EMAIL" }] });
      for (const name of ["username", "login"]) {
        const response = await app.post("password.requestReset", { [name]: ada.username });
        const { data } = await refusalIn(response);
        expect(data.fields).toMatchObject({ [name]: [{ reason: "UNKNOWN_FIELD" }] });
      }
    });
    expect(mails).toEqual([]);
  });

  test("a user who logs in by username only gets the mail by the address all the same", async () => {
    const usernames = await createTestApp(
      { login: { fields: ["username"] }, registration: { required: ["username", "email", "password"] } },
      app.database,
    );
    const ada = await app.addUser();
    const mails = await mailsOf(() => ask(ada.email, usernames), usernames);
    expect(mails.map(({ to }) => to)).toEqual([ada.email]);
    const token = await usernames.tokenFromMail(ada.email);
    await usernames.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
    await usernames.visitor().auth.login.mutate({ username: ada.username, password: "battery staple" });
    await usernames.close();
  });

  test("a link names nobody: all that is in it is a random token", async () => {
    const ada = await app.addUser({ email: "findme@example.com", username: "findme" });
    const [row] = await app.sql("select id from keywright.users where email_key = 'findme@example.com'");
    const [mail] = await mailsOf(() => ask(ada.email));
    const link = new URL(mail?.links[0] ?? "");
    expect([...link.searchParams.keys()]).toEqual(["token"]);
    expect(link.searchParams.get("token")).toMatch(/^kwo_[\w-]{43}$/);
    for (const name of ["findme", String(row?.id), link.hash]) expect(`${link}#`).not.toContain(name || "##");
  });

  test("an app that mounts no password procedures answers that there are none", async () => {
    const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
    const { password: _left, ...mounted } = authRouters;
    const { createContext } = app.keywright;
    const handle = createFetchHandler({ router: t.router(mounted), endpoint: "/trpc", createContext });
    const post = (path: string, input: object) => {
      const init = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ json: input }),
      };
      return handle(new Request(`${publicUrl}/trpc/${path}`, init), "127.0.0.1");
    };
    for (const path of ["password.requestReset", "password.reset", "password.checkToken"]) {
      const response = await post(path, { email: "ada@example.com" });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { json: { data: { reason: "NOT_FOUND" } } } });
    }
    expect((await post("auth.verifyToken", { token: "x" })).status).toBe(400);
  });
});

describe("how often", () => {
  test("nobody gets around an address's limit by writing it in another case", async () => {
    const limited = await createTestApp({ limits: { mailsPerAddressPerHour: 3 } }, app.database);
    const spellings = [
      "grace@example.com",
      "Grace@example.com",
      "GRACE@EXAMPLE.COM",
      "gRACE@eXAMPLE.cOM",
      "grace@Example.Com",
    ];
    const reasons: (string | null)[] = [];
    for (const email of spellings) reasons.push(await ask(email, limited).then(() => null, reasonOf));
    expect(reasons).toEqual([null, null, null, "RATE_LIMITED", "RATE_LIMITED"]);
    await limited.close();
  });

  test("a caller from one address asks and tries links only so often a minute", async () => {
    const limited = await createTestApp(
      { limits: { mailsPerIpPerMinute: 2, tokenCallsPerIpPerMinute: 3 } },
      app.database,
    );
    const visitor = limited.visitor({ ip: "203.0.113.40" });
    const asked: (string | null)[] = [];
    const tried: (string | null)[] = [];
    for (const round of [1, 2, 3]) {
      const request = visitor.password.requestReset.mutate({ email: `somebody${round}@example.com` });
      asked.push(await request.then(() => null, reasonOf));
    }
    for (const round of [1, 2, 3, 4]) {
      const reset = visitor.password.reset.mutate({ token: `kwo_${round}`, newPassword: "battery staple" });
      tried.push(await reset.then(() => null, reasonOf));
    }
    expect(asked).toEqual([null, null, "RATE_LIMITED"]);
    expect(tried).toEqual(["TOKEN_INVALID", "TOKEN_INVALID", "TOKEN_INVALID", "RATE_LIMITED"]);
    await limited.close();
  });
});
