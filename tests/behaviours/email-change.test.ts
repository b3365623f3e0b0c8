import type { KeywrightEvent } from "@keywright/api";
import { fieldErrorsOf, type KeywrightClient, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { choosePassword } from "../support/mailed.js";
import { refusal } from "../support/refusal.js";
import { accountRow, accountsOf, mailsTo, refusalIn, withInstance } from "./instance.js";

let app: TestApp;
const events: KeywrightEvent[] = [];
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false }, onEvent: (event) => void events.push(event) });
});
afterAll(() => app.close());

const password = "correct horse";
const freshEmail = () => `moved${++moves.count}@example.com`;
const moves = { count: 0 };
const confirm = (token: string, instance = app) => instance.visitor().user.confirmEmailChange.mutate({ token });
const request = (client: KeywrightClient, email: string) => client.user.requestEmailChange.mutate({ email, password });

/** Ada, who wants another address, and the token that went there. */
async function moving(instance = app) {
  const ada = await app.addUser();
  const laptop = await instance.signedIn(ada);
  const email = freshEmail();
  await request(laptop, email);
  return { ada, laptop, email, token: await instance.tokenFromMail(email) };
}

async function emailsOf(user: TestUser, email: string): Promise<number[]> {
  return [await accountsOf(app, user.email), await accountsOf(app, email)];
}

test("a user who wants another address keeps the old one until the mail to the new one is followed", async () => {
  const { ada, laptop, email, token } = await moving();
  expect(await laptop.user.me.query()).toMatchObject({ email: ada.email });
  const early = app.visitor().auth.login.mutate({ email, password });
  expect(reasonOf(await refusal(early))).toBe("INVALID_CREDENTIALS");
  const { links } = await app.mailTo(email);
  expect(links[0]).toContain("/confirm-email?token=");
  expect(await confirm(token)).toEqual({});
  expect((await app.visitor().auth.login.mutate({ email, password })).user).toMatchObject({
    email,
    emailVerified: true,
  });
  expect(await emailsOf(ada, email)).toEqual([0, 1]);
});

test("a change of address is told to the app's listener once, with the old and the new one", async () => {
  const { ada, email, token } = await moving();
  events.length = 0;
  await confirm(token);
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(events).toMatchObject([{ kind: "email.changed", oldEmail: ada.email, newEmail: email }]);
});

test("the old address is told of the change, opens no door any more, and can take the change back", async () => {
  const { ada, email, token } = await moving();
  await confirm(token);
  const mail = await app.mailTo(ada.email);
  expect(mail.subject).toBe("The e-mail address of your Keywright account was changed");
  const login = () => app.visitor().auth.login.mutate({ email: ada.email, password });
  expect(reasonOf(await refusal(login()))).toBe("INVALID_CREDENTIALS");
  const undo = await app.tokenFromMail(ada.email);
  const rubbish = app.visitor().user.undoEmailChange.mutate({ token: `${undo}A` });
  expect(reasonOf(await refusal(rubbish))).toBe("TOKEN_INVALID");
  expect(await app.visitor().user.undoEmailChange.mutate({ token: undo })).toEqual({});
  expect(await emailsOf(ada, email)).toEqual([1, 0]);
  expect(reasonOf(await refusal(login()))).toBe("INVALID_CREDENTIALS");
  await choosePassword(app, ada.email, password);
  expect(await login()).toMatchObject({ user: { email: ada.email } });
});

test("a user who asks for an address that somebody has proved is answered alike, and its owner is told", async () => {
  const [ada, grace] = [await app.addUser(), await app.addUser()];
  const laptop = await app.signedIn(ada);
  const before = [await accountRow(app, ada.email), await accountRow(app, grace.email)];
  expect(await request(laptop, grace.email)).toEqual(await request(laptop, freshEmail()));
  const mail = await app.mailTo(grace.email);
  expect(mail.subject).toBe("Your e-mail address was entered for another account at Keywright");
  expect(mail.links).toEqual([]);
  expect([await accountRow(app, ada.email), await accountRow(app, grace.email)]).toEqual(before);
});

test("a user gets an address that somebody registered and never proved", async () => {
  const { ada, email, token } = await moving();
  await app.visitor().registration.register.mutate({ email, password: "squatter's horse" });
  expect(await confirm(token)).toEqual({});
  expect(await emailsOf(ada, email)).toEqual([0, 1]);
  expect((await app.visitor().auth.login.mutate({ email, password })).user.username).toBe(ada.username);
});

test("a user's newer request makes the older link dead", async () => {
  const { laptop, ada, email, token } = await moving();
  const newer = freshEmail();
  await request(laptop, newer);
  const second = await app.tokenFromMail(newer);
  expect(reasonOf(await refusal(confirm(token)))).toBe("TOKEN_INVALID");
  expect(await emailsOf(ada, email)).toEqual([1, 0]);
  expect(await confirm(second)).toEqual({});
});

test("a new address has to be proved also where verification is off", async () => {
  await withInstance(app, { registration: { verification: "none" } }, async (open) => {
    const { ada, email, token } = await moving(open);
    expect(await emailsOf(ada, email)).toEqual([1, 0]);
    await confirm(token, open);
    expect(await emailsOf(ada, email)).toEqual([0, 1]);
  });
});

type Moving = Awaited<ReturnType<typeof moving>>;
test.each<[what: string, reason: string, spoil: (move: Moving) => Promise<string>]>([
  ["is altered", "TOKEN_INVALID", async ({ token }) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`],
  ["is garbage", "TOKEN_INVALID", async () => "garbage"],
  ["was sent to an account that is disabled", "TOKEN_INVALID", spoiled("is_disabled = true")],
  [
    "was sent to an account that is gone",
    "TOKEN_INVALID",
    async ({ ada, token }) => {
      await app.sql(`delete from keywright.users where email_key = '${ada.email}'`);
      return token;
    },
  ],
  [
    "leads to an address that somebody has proved meanwhile",
    "EMAIL_TAKEN",
    async ({ email, token }) => {
      await app.addUser({ email });
      return token;
    },
  ],
])("a link that %s changes no address: %s", async (_what, reason, spoil) => {
  const move = await moving();
  const token = await spoil(move);
  const before = [await accountRow(app, move.ada.email), await accountRow(app, move.email)];
  expect(reasonOf(await refusal(confirm(token)))).toBe(reason);
  expect([await accountRow(app, move.ada.email), await accountRow(app, move.email)]).toEqual(before);
});

test("a link changes the address to the one that it was sent to, at its time only", async () => {
  await withInstance(app, { tokens: { changeEmailHours: 1 } }, async (brief) => {
    const { ada, email, token } = await moving(brief);
    const other = await refusal(app.visitor().user.confirmEmailChange.mutate({ token, ...{ email: "a@example.com" } }));
    expect(fieldErrorsOf(other)).toMatchObject({ email: [{ reason: "UNKNOWN_FIELD" }] });
    brief.travel(3_600_000 + 1000);
    expect(reasonOf(await refusal(confirm(token, brief)))).toBe("TOKEN_EXPIRED");
    expect(await emailsOf(ada, email)).toEqual([1, 0]);
  });
});

test.each([
  ["no password", { password: "" }, "VALIDATION", "password", "REQUIRED"],
  ["a wrong password", { password: "wrong horse" }, "WRONG_PASSWORD", "password", "WRONG_PASSWORD"],
  ["a malformed address", { email: "not an address" }, "VALIDATION", "email", "INVALID_EMAIL"],
])("a user with %s is told which field, and no mail is sent", async (_case, input, reason, field, fault) => {
  const laptop = await app.signedIn(await app.addUser());
  const email = freshEmail();
  const error = await refusal(laptop.user.requestEmailChange.mutate({ email, password, ...input }));
  expect(reasonOf(error)).toBe(reason);
  expect(fieldErrorsOf(error)).toMatchObject({ [field]: [{ reason: fault }] });
  expect(await mailsTo(app, email)).toBe(0);
});

test("a user who asks for one address again and again is refused with status 429 and told when to come again", async () => {
  await withInstance(app, { limits: { mailsPerAddressPerHour: 2 } }, async (limited) => {
    const ada = await app.addUser();
    const { tokens } = await limited
      .visitor({ transport: "bearer" })
      .auth.login.mutate({ email: ada.email, password: ada.password });
    const headers = { authorization: `Bearer ${tokens?.accessToken}` };
    const email = freshEmail();
    const ask = () => limited.post("user.requestEmailChange", { email, password }, headers);
    const statuses = [(await ask()).status, (await ask()).status];
    const refused = await ask();
    expect([...statuses, refused.status]).toEqual([200, 200, 429]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refusalIn(refused)).toMatchObject({ reason: "RATE_LIMITED" });
    expect(await mailsTo(limited, email)).toBe(2);
  });
});

function spoiled(change: string) {
  return async ({ ada, token }: Moving) => {
    await app.sql(`update keywright.users set ${change} where email_key = '${ada.email}'`);
    return token;
  };
}
