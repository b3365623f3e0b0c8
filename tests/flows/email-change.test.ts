import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { choosePassword, mailedToken, subjectsTo } from "../support/mailed.js";
import { reasonFor } from "../support/reason.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const newPassword = "battery staple";
const hourMs = 3_600_000;
const transports = ["cookie", "bearer"] as const;
let people = 0;
const freshEmail = () => `moved${++people}@example.com`;
type Client = ReturnType<TestApp["visitor"]>;

/** The link that asks the new mailbox. */
async function confirmToken(client: Client, ada: TestUser, email: string): Promise<string> {
  await client.user.requestEmailChange.mutate({ email, password: ada.password });
  return await mailedToken(app, email, "/confirm-email");
}

/** Moves an account to another address; the link that takes it back, from the old mailbox. */
async function moved(ada: TestUser, email: string): Promise<string> {
  const client = await app.signedIn(ada);
  await client.user.confirmEmailChange.mutate({ token: await confirmToken(client, ada, email) });
  return await mailedToken(app, ada.email, "/undo-email-change");
}

const confirm = (token: string) => app.visitor().user.confirmEmailChange.mutate({ token });
const undo = (token: string) => app.visitor().user.undoEmailChange.mutate({ token });
const loginAs = (email: string, password = "correct horse") => app.visitor().auth.login.mutate({ email, password });

describe("changing an address", () => {
  test.each(transports)("I ask by %s, the new mailbox agrees, and I stay signed in here only", async (transport) => {
    const ada = await app.addUser();
    const [mine, other] = [await app.signedIn(ada, { transport }), await app.signedIn(ada)];
    const email = freshEmail();
    const token = await confirmToken(mine, ada, email);
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
    expect(await mine.user.confirmEmailChange.mutate({ token })).toEqual({});
    expect(await mine.user.me.query()).toMatchObject({ email, emailVerified: true });
    expect(await reasonFor(other.user.me.query())).toBe("NOT_AUTHENTICATED");
    await loginAs(email);
    expect(await reasonFor(loginAs(ada.email))).toBe("INVALID_CREDENTIALS");
  });

  test("whoever follows the link without being signed in ends all sessions", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const [mine, his] = [await app.signedIn(ada), await app.signedIn(bob)];
    const token = await confirmToken(mine, ada, freshEmail());
    await his.user.confirmEmailChange.mutate({ token });
    expect(await reasonFor(mine.user.me.query())).toBe("NOT_AUTHENTICATED");
    expect(await his.user.me.query()).toMatchObject({ email: bob.email });
  });

  test("the old mailbox is told and gets the way back", async () => {
    const ada = await app.addUser();
    await moved(ada, freshEmail());
    expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/address of your .* was changed/));
  });

  test("I correct a mistyped address before it was proved, and its owner gets no way in", async () => {
    const mine = app.visitor();
    const [stranger, email] = [freshEmail(), freshEmail()];
    const ada = { email: stranger, password: "correct horse", username: "" };
    await mine.registration.register.mutate({ email: stranger, password: ada.password });
    const verify = await mailedToken(app, stranger, "/verify-email");
    await mine.user.confirmEmailChange.mutate({ token: await confirmToken(mine, ada, email) });
    expect(await mine.user.me.query()).toMatchObject({ email, emailVerified: true });
    await app.keywright.deliverMail();
    const links = app.mails.filter(({ to }) => to === stranger).flatMap((mail) => mail.links);
    expect(links).toEqual([expect.stringContaining("/verify-email")]);
    expect(await reasonFor(app.visitor().registration.verifyEmail.mutate({ token: verify }))).toBe("TOKEN_INVALID");
  });

  test("an account without an address gets its first one", async () => {
    const other = await createTestApp({ registration: { required: ["username", "password"] } }, app.database);
    const mine = other.visitor();
    const ada = { username: "addressless", password: "correct horse", email: "" };
    await mine.registration.register.mutate({ username: ada.username, password: ada.password });
    const email = freshEmail();
    await mine.user.confirmEmailChange.mutate({ token: await confirmToken(mine, ada, email) });
    expect(await mine.user.me.query()).toMatchObject({ email, emailVerified: true });
    await other.close();
  });

  test("of two requests the later one's link works", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const [first, second] = [freshEmail(), freshEmail()];
    const old = await confirmToken(mine, ada, first);
    const token = await confirmToken(mine, ada, second);
    expect(await reasonFor(confirm(old))).toBe("TOKEN_INVALID");
    await confirm(token);
    await loginAs(second);
  });
});

describe("a change of address that is refused", () => {
  test.each(transports)("I get nowhere with a wrong password by %s, and no mail leaves", async (transport) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada, { transport });
    const email = freshEmail();
    const error = await refusal(mine.user.requestEmailChange.mutate({ email, password: "wrong horse" }));
    expect(reasonOf(error)).toBe("WRONG_PASSWORD");
    expect(fieldErrorsOf(error)).toMatchObject({ password: [{ reason: "WRONG_PASSWORD" }] });
    expect(await subjectsTo(app, email)).toEqual([]);
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("a link works once, and one that was made up never", async () => {
    const ada = await app.addUser();
    const token = await confirmToken(await app.signedIn(ada), ada, freshEmail());
    await confirm(token);
    expect(await reasonFor(confirm(token))).toBe("TOKEN_INVALID");
    expect(await reasonFor(confirm(`kwo_${"A".repeat(43)}`))).toBe("TOKEN_INVALID");
    expect(await reasonFor(undo(`kwo_${"A".repeat(43)}`))).toBe("TOKEN_INVALID");
  });

  test.each(["minted", "queued"])("a link from before a password change is dead after it, when %s", async (state) => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const email = freshEmail();
    const token = await app.withMailAtRest(async () => {
      await mine.user.requestEmailChange.mutate({ email, password: ada.password });
      const token = state === "minted" ? await mailedToken(app, email, "/confirm-email") : null;
      await mine.password.change.mutate({ currentPassword: ada.password, newPassword });
      return token;
    });
    if (token) expect(await reasonFor(confirm(token))).toBe("TOKEN_INVALID");
    else expect(await subjectsTo(app, email)).toEqual([]);
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("the owner of a taken address is told, and I am not", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const mine = await app.signedIn(ada);
    const typed = bob.email.toUpperCase();
    expect(await mine.user.requestEmailChange.mutate({ email: typed, password: ada.password })).toEqual({});
    await app.keywright.deliverMail();
    const mail = app.mails.findLast(({ subject }) => /entered for another account/.test(subject));
    expect(mail).toMatchObject({ to: bob.email, links: [] });
    await loginAs(bob.email);
  });

  test("an address that nobody proved goes to whoever proves the mailbox", async () => {
    const email = freshEmail();
    const squatter = app.visitor();
    await squatter.registration.register.mutate({ email, username: "squatter", password: "squatting horse" });
    const verify = await mailedToken(app, email, "/verify-email");
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    await mine.user.confirmEmailChange.mutate({ token: await confirmToken(mine, ada, email) });
    await loginAs(email);
    expect(await reasonFor(loginAs(email, "squatting horse"))).toBe("INVALID_CREDENTIALS");
    expect(await reasonFor(squatter.user.me.query())).toBe("NOT_AUTHENTICATED");
    const again = app.visitor().auth.login.mutate({ username: "squatter", password: "squatting horse" });
    expect((await again).user).toMatchObject({ username: "squatter", email: null, emailVerified: false });
    expect(await reasonFor(app.visitor().registration.verifyEmail.mutate({ token: verify }))).toBe("TOKEN_INVALID");
  });

  test("an address that somebody has proved meanwhile is taken, and nothing changes", async () => {
    const ada = await app.addUser();
    const mine = await app.signedIn(ada);
    const email = freshEmail();
    const token = await confirmToken(mine, ada, email);
    await app.addUser({ email });
    const error = await refusal(mine.user.confirmEmailChange.mutate({ token }));
    expect(reasonOf(error)).toBe("EMAIL_TAKEN");
    expect(await mine.user.me.query()).toMatchObject({ email: ada.email });
    await loginAs(email);
  });

  test("a visitor has no address to change", async () => {
    const ask = app.visitor().user.requestEmailChange.mutate({ email: freshEmail(), password: "correct horse" });
    expect(await reasonFor(ask)).toBe("NOT_AUTHENTICATED");
  });

  test("mail to one address is limited, whoever asks for it", async () => {
    const strict = await createTestApp({ limits: { mailsPerAddressPerHour: 2 } }, app.database);
    const email = freshEmail();
    const reasons: (string | null)[] = [];
    for (let round = 0; round < 3; round++) {
      const mine = await strict.signedIn(await app.addUser());
      const ask = mine.user.requestEmailChange.mutate({ email, password: "correct horse" });
      reasons.push(await ask.then(() => null, reasonOf));
    }
    expect(reasons).toEqual([null, null, "RATE_LIMITED"]);
    await strict.close();
  });

  test("a link is over after a day", async () => {
    const ada = await app.addUser();
    const token = await confirmToken(await app.signedIn(ada), ada, freshEmail());
    app.travel(24 * hourMs + 1000);
    expect(await reasonFor(confirm(token))).toBe("TOKEN_EXPIRED");
    await loginAs(ada.email);
  });
});

describe("taking a change of address back", () => {
  test("I have my address again, everybody is signed out, and I choose a new password", async () => {
    const ada = await app.addUser();
    const email = freshEmail();
    const token = await moved(ada, email);
    const mallory = await app.signedIn({ ...ada, email });
    const phone = await app.signedIn({ ...ada, email }, { transport: "bearer" });
    expect(await undo(token)).toEqual({});
    for (const client of [mallory, phone]) expect(await reasonFor(client.user.me.query())).toBe("NOT_AUTHENTICATED");
    expect(await reasonFor(loginAs(email))).toBe("INVALID_CREDENTIALS");
    expect(await reasonFor(loginAs(ada.email))).toBe("INVALID_CREDENTIALS");
    await choosePassword(app, ada.email, newPassword);
    expect((await loginAs(ada.email, newPassword)).user).toMatchObject({ email: ada.email, emailVerified: true });
  });

  test("a link to undo survives a password change that came after", async () => {
    const ada = await app.addUser();
    const email = freshEmail();
    const token = await moved(ada, email);
    const mallory = await app.signedIn({ ...ada, email });
    await mallory.password.change.mutate({ currentPassword: ada.password, newPassword });
    await undo(token);
    await choosePassword(app, ada.email, "my own staple");
    expect((await loginAs(ada.email, "my own staple")).user).toMatchObject({ email: ada.email });
  });

  test("the first of two changes can be undone, and the later one's link is void then", async () => {
    const ada = await app.addUser();
    const [second, third] = [freshEmail(), freshEmail()];
    const back = await moved(ada, second);
    const later = await moved({ ...ada, email: second }, third);
    await undo(back);
    expect(await reasonFor(undo(later))).toBe("TOKEN_INVALID");
    await choosePassword(app, ada.email, newPassword);
    expect((await loginAs(ada.email, newPassword)).user).toMatchObject({ email: ada.email });
  });

  test("the later change is undone by itself, and the first one can be after it", async () => {
    const ada = await app.addUser();
    const [second, third] = [freshEmail(), freshEmail()];
    const back = await moved(ada, second);
    await undo(await moved({ ...ada, email: second }, third));
    await choosePassword(app, second, newPassword);
    expect((await loginAs(second, newPassword)).user).toMatchObject({ email: second });
    await undo(back);
    await choosePassword(app, ada.email, ada.password);
    await loginAs(ada.email);
  });

  test("an undone change cannot be confirmed once more", async () => {
    const ada = await app.addUser();
    const [second, third] = [freshEmail(), freshEmail()];
    const back = await moved(ada, second);
    const mallory = await app.signedIn({ ...ada, email: second });
    const token = await confirmToken(mallory, ada, third);
    await undo(back);
    expect(await reasonFor(confirm(token))).toBe("TOKEN_INVALID");
    expect(await reasonFor(undo(back))).toBe("TOKEN_INVALID");
  });

  test("an address that somebody else has meanwhile stays theirs", async () => {
    const ada = await app.addUser();
    const back = await moved(ada, freshEmail());
    await app.addUser({ email: ada.email, password: "another horse" });
    expect(await reasonFor(undo(back))).toBe("EMAIL_TAKEN");
    await loginAs(ada.email, "another horse");
  });

  test("a link to undo is over after a week", async () => {
    const ada = await app.addUser();
    const back = await moved(ada, freshEmail());
    app.travel(7 * 24 * hourMs + 1000);
    expect(await reasonFor(undo(back))).toBe("TOKEN_EXPIRED");
  });
});
