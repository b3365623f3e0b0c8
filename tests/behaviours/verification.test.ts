import type { KeywrightEvent } from "@keywright/api";
import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { accountRow, mailsTo, withInstance } from "./instance.js";

let app: TestApp;
const events: KeywrightEvent[] = [];
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false }, onEvent: (event) => void events.push(event) });
});
afterAll(() => app.close());

const password = "correct horse";
const verify = (token: string, instance = app) => instance.visitor().registration.verifyEmail.mutate({ token });

/** Somebody who has registered, and the token of the mailed link. */
async function unverified(email: string, instance = app) {
  const visitor = instance.visitor();
  await visitor.registration.register.mutate({ email, password });
  return { visitor, token: await instance.tokenFromMail(email) };
}

test("a user with the right link is verified, and the app's listener is told once", async () => {
  const { visitor, token } = await unverified("right@example.com");
  events.length = 0;
  expect(await verify(token)).toEqual({ status: "verified" });
  const { id, emailVerified } = await visitor.user.me.query();
  expect(emailVerified).toBe(true);
  await vi.waitFor(() => expect(events).toMatchObject([{ kind: "user.verified", userId: id }]));
});

test("a user whose address was verified by other means is told so with a reason", async () => {
  const { token } = await unverified("otherwise@example.com");
  await app.sql("update keywright.users set email_verified_at = created_at where email_key = 'otherwise@example.com'");
  expect(reasonOf(await refusal(verify(token)))).toBe("ALREADY_VERIFIED");
});

test.each(["x", "kwo_", `kwo_${"A".repeat(43)}`, "kws_abc", "null", "../../etc", "%00", "💥"])(
  "a visitor with the rubbish %j for a token is told that it is not valid",
  async (token) => {
    const response = await app.post("registration.verifyEmail", { token });
    expect(response.status).toBe(400);
    expect(reasonOf(await refusal(verify(token)))).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(app.visitor().password.checkToken.mutate({ token })))).toBe("TOKEN_INVALID");
  },
);

test.each([
  ["with its last letter changed", (token: string) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`],
  ["cut by a letter", (token: string) => token.slice(0, -1)],
  ["lengthened by a letter", (token: string) => `${token}A`],
  ["without its prefix", (token: string) => token.slice(4)],
  ["in upper case", (token: string) => token.toUpperCase()],
])("a link's token %s is not valid, is not used up, and nobody is verified", async (_how, alter) => {
  const email = `altered${app.mails.length}@example.com`;
  const { visitor, token } = await unverified(email);
  expect(reasonOf(await refusal(verify(alter(token))))).toBe("TOKEN_INVALID");
  expect(reasonOf(await refusal(app.visitor().password.checkToken.mutate({ token: alter(token) })))).toBe(
    "TOKEN_INVALID",
  );
  expect(await visitor.user.me.query()).toMatchObject({ emailVerified: false });
  expect(await app.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "verify_email" });
});

test("an expired link verifies nobody, neither when it is looked at nor when it is used", async () => {
  await withInstance(app, { tokens: { verifyHours: 2 } }, async (brief) => {
    const { visitor, token } = await unverified("expired@example.com", brief);
    brief.travel(2 * 3_600_000 + 1000);
    expect(reasonOf(await refusal(brief.visitor().password.checkToken.mutate({ token })))).toBe("TOKEN_EXPIRED");
    expect(reasonOf(await refusal(verify(token, brief)))).toBe("TOKEN_EXPIRED");
    expect(await visitor.user.me.query()).toMatchObject({ emailVerified: false });
  });
});

test("a link of an account that is gone or disabled, or without its token, verifies nobody", async () => {
  const gone = await unverified("gone.again@example.com");
  await app.sql("delete from keywright.users where email_key = 'gone.again@example.com'");
  expect(reasonOf(await refusal(verify(gone.token)))).toBe("TOKEN_INVALID");
  const disabled = await unverified("disabled@example.com");
  await app.sql("update keywright.users set is_disabled = true where email_key = 'disabled@example.com'");
  expect(reasonOf(await refusal(verify(disabled.token)))).toBe("TOKEN_INVALID");
  expect(await accountRow(app, "disabled@example.com")).toMatchObject([{ email_verified_at: null }]);
});

test("a call without a token is refused with status 400 and names the field, and a GET with status 405", async () => {
  expect((await app.post("registration.verifyEmail", {})).status).toBe(400);
  for (const token of ["", undefined]) {
    const error = await refusal(app.visitor().registration.verifyEmail.mutate({ token: token ?? "" }));
    expect(fieldErrorsOf(error)).toMatchObject({ token: [{ reason: "REQUIRED" }] });
  }
  const { visitor, token } = await unverified("by.get@example.com");
  const input = encodeURIComponent(JSON.stringify({ json: { token } }));
  expect((await app.get(`registration.verifyEmail?input=${input}`)).status).toBe(405);
  expect(await visitor.user.me.query()).toMatchObject({ emailVerified: false });
});

test.each(["cookie", "bearer"] as const)(
  "a user who follows the link is signed in by %s where that is set",
  async (transport) => {
    const settings = { verification: "mandatory", signInOnVerification: true } as const;
    await withInstance(app, { registration: settings }, async (direct) => {
      const email = `direct.${transport}@example.com`;
      await direct.visitor().registration.register.mutate({ email, password });
      const token = await direct.tokenFromMail(email);
      const reader = direct.visitor({ transport });
      const answer = await reader.registration.verifyEmail.mutate({ token, deviceName: "Reader" });
      const tokens = transport === "bearer" ? { refreshToken: expect.stringMatching(/^kwr_/) } : null;
      expect(answer).toMatchObject({ status: "signed_in", tokens, session: { deviceName: "Reader" } });
      expect(await reader.user.me.query()).toMatchObject({ email, emailVerified: true });
    });
  },
);

test("a link that was stolen from a mail signs nobody in", async () => {
  const { token } = await unverified("stolen@example.com");
  const mallory = app.visitor();
  expect(await mallory.registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  expect(await mallory.auth.session.query()).toBeNull();
});

test("a signed-in user who follows another user's link stays who they are", async () => {
  const grace = await app.addUser();
  const laptop = await app.signedIn(grace);
  const { token } = await unverified("somebody.else@example.com");
  await laptop.registration.verifyEmail.mutate({ token });
  expect(await laptop.user.me.query()).toMatchObject({ email: grace.email });
});

test("a signed-up user who asks again gets one more mail, at the stored address, whatever was typed", async () => {
  await unverified("Once.More@example.com");
  const before = await mailsTo(app, "Once.More@example.com");
  expect(await app.visitor().registration.resendVerification.mutate({ email: "once.MORE@EXAMPLE.com" })).toEqual({});
  expect(await mailsTo(app, "Once.More@example.com")).toBe(before + 1);
  expect(app.mails.some(({ to }) => to === "once.MORE@EXAMPLE.com")).toBe(false);
  const token = await app.tokenFromMail("Once.More@example.com");
  expect(await verify(token)).toEqual({ status: "verified" });
});

test.each(["", "not an address", "two@example.com,three@example.com", "a@b"])(
  "a visitor who asks again for the malformed address %j is told so at the field",
  async (email) => {
    const error = await refusal(app.visitor().registration.resendVerification.mutate({ email }));
    expect(reasonOf(error)).toBe("VALIDATION");
    expect(fieldErrorsOf(error)).toMatchObject({ email: [{ reason: "INVALID_EMAIL" }] });
  },
);

test("a visitor who asks again while no mail can be sent is answered as ever, and the mail comes later", async () => {
  const email = "unreachable@example.com";
  await unverified(email);
  const state = { isAway: true };
  const mailer = {
    send: async (mail: TestApp["mails"][number]) => {
      if (state.isAway) throw new Error("connection refused");
      app.mails.push(mail);
    },
    close: async () => {},
  };
  await withInstance(app, { mailer }, async (flaky) => {
    const before = await mailsTo(flaky, email);
    expect(await flaky.visitor().registration.resendVerification.mutate({ email })).toEqual({});
    expect(await mailsTo(flaky, email)).toBe(before);
    state.isAway = false;
    flaky.travel(20_000);
    expect(await mailsTo(flaky, email)).toBe(before + 1);
  });
});

test("a user who logs in before verifying causes no mail; asking for it does, so many times an hour", async () => {
  const settings = { registration: { verification: "mandatory" as const }, limits: { mailsPerAddressPerHour: 2 } };
  await withInstance(app, settings, async (strict) => {
    const email = "impatient@example.com";
    await strict.visitor().registration.register.mutate({ email, password });
    const before = await mailsTo(strict, email);
    for (let round = 0; round < 3; round++) {
      const login = strict.visitor().auth.login.mutate({ email, password });
      expect(reasonOf(await refusal(login))).toBe("EMAIL_NOT_VERIFIED");
    }
    expect(await mailsTo(strict, email)).toBe(before);
    const again = () => strict.visitor().registration.resendVerification.mutate({ email });
    await again();
    await again();
    expect(reasonOf(await refusal(again()))).toBe("RATE_LIMITED");
    // Two an hour of all kinds together, as long as nobody has proved the address.
    expect(await mailsTo(strict, email)).toBe(2);
  });
});

test("a guesser at links is limited by the address on the net", async () => {
  await withInstance(app, { limits: { tokenCallsPerIpPerMinute: 3 } }, async (limited) => {
    const guess = () => refusal(verify(`kwo_${"B".repeat(43)}`, limited)).then(reasonOf);
    const reasons = [await guess(), await guess(), await guess(), await guess()];
    expect(reasons).toEqual([...Array(3).fill("TOKEN_INVALID"), "RATE_LIMITED"]);
  });
});
