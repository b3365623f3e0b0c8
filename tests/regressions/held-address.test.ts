import type { KeywrightEvent } from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";

let none: TestApp;
let optional: TestApp;
let mandatory: TestApp;
const events: KeywrightEvent[] = [];
const onEvent = (event: KeywrightEvent) => void events.push(event);
beforeAll(async () => {
  none = await createTestApp({ registration: { verification: "none" } });
  optional = await createTestApp({ onEvent }, none.database);
  mandatory = await createTestApp({ registration: { verification: "mandatory" }, onEvent }, none.database);
});
afterAll(async () => {
  await mandatory.close();
  await optional.close();
  await none.close();
});

const password = "correct horse";
const transports = ["cookie", "bearer"] as const;
let people = 0;
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);

/** Registers without any proof of the address. */
async function registered(app: TestApp, visit: { username?: string; transport?: "cookie" | "bearer" } = {}) {
  const email = `held${++people}@example.com`;
  const client = app.visitor(visit.transport ? { transport: visit.transport } : {});
  const names = visit.username === undefined ? {} : { username: visit.username };
  await client.registration.register.mutate({ email, password, ...names });
  return { email, client };
}

/** Takes an address over by its mailbox, as its owner who has an account under another address. */
async function takenOver(app: TestApp, email: string, visit: { transport?: "cookie" | "bearer" } = {}) {
  const ada = await app.addUser();
  const mine = await app.signedIn(ada, visit);
  await mine.user.requestEmailChange.mutate({ email, password });
  await mine.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
  return { ada, mine };
}

describe("in an app that verifies no address", () => {
  test.each(transports)("K7: Mallory gets no link to my address by %s, and I am told", async (transport) => {
    const ada = await registered(none, { username: `mine${people}` });
    const mallory = await registered(none, { transport });
    const input = { email: ada.email.toUpperCase(), password };
    expect(await mallory.client.user.requestEmailChange.mutate(input)).toEqual({});
    expect(await subjectsTo(none, ada.email)).toContainEqual(expect.stringMatching(/entered for another account/));
    const links = none.mails.filter(({ to }) => to === ada.email).flatMap((mail) => mail.links);
    expect(links.join()).not.toContain("/confirm-email");
    expect(await ada.client.user.me.query()).toMatchObject({ email: ada.email });
  });

  test("K7: a link from before I registered leaves me my address, too", async () => {
    const mallory = await registered(none);
    const email = `held${++people}@example.com`;
    await mallory.client.user.requestEmailChange.mutate({ email, password });
    const token = await mailedToken(none, email, "/confirm-email");
    const mine = none.visitor();
    await mine.registration.register.mutate({ email, password });
    expect(await outcomeOf(none.visitor().user.confirmEmailChange.mutate({ token }))).toBe("EMAIL_TAKEN");
    expect(await mine.user.me.query()).toMatchObject({ email });
    expect(await mallory.client.user.me.query()).toMatchObject({ email: mallory.email });
  });

  test("K7: an old mailbox's way back takes no address from who has proved it since, and waits until it is free", async () => {
    const ada = await registered(none, { username: `mover${++people}` });
    const email = `held${++people}@example.com`;
    await ada.client.user.requestEmailChange.mutate({ email, password });
    await ada.client.user.confirmEmailChange.mutate({ token: await mailedToken(none, email, "/confirm-email") });
    const token = await mailedToken(none, ada.email, "/undo-email-change");
    await none.visitor().registration.register.mutate({ email: ada.email, password: "mallory's horse" });
    const undo = () => outcomeOf(none.visitor().user.undoEmailChange.mutate({ token }));
    // The mailbox is still the owner's: it opens the account in the way as well, and proves that one by it.
    await none.visitor().password.requestReset.mutate({ email: ada.email });
    const reset = await mailedToken(none, ada.email, "/reset-password");
    await none.visitor().password.reset.mutate({ token: reset, newPassword: "battery staple" });
    expect(await undo()).toBe("EMAIL_TAKEN");
    const inTheWay = await none.signedIn({ email: ada.email, password: "battery staple", username: "" });
    await inTheWay.user.delete.mutate({ password: "battery staple" });
    expect(await undo()).toBeNull();
  });
});

describe("where addresses are verified", () => {
  test.each(transports)(
    "B6: who loses an address to its owner by %s and has no other name is gone",
    async (transport) => {
      const squatter = await registered(optional, { transport });
      const { id } = await squatter.client.user.me.query();
      const { mine } = await takenOver(optional, squatter.email, { transport });
      expect(await mine.user.me.query()).toMatchObject({ email: squatter.email, emailVerified: true });
      expect(await squatter.client.auth.session.query()).toBeNull();
      expect(await optional.sql(`select id from keywright.users where id = '${id}'`)).toEqual([]);
      expect(events.filter(({ userId }) => userId === id).at(-1)).toMatchObject({ kind: "user.deleted" });
    },
  );

  test("B6: who has a username keeps the account, is signed out, and reads why", async () => {
    const username = `squatter${++people}`;
    const squatter = await registered(optional, { username });
    const { id } = await squatter.client.user.me.query();
    await takenOver(optional, squatter.email);
    expect(await squatter.client.auth.session.query()).toBeNull();
    expect(await optional.sql(`select credential_version from keywright.users where id = '${id}'`)).toEqual([
      { credential_version: 1 },
    ]);
    const again = optional.visitor();
    const { user } = await again.auth.login.mutate({ username, password });
    expect(user).toMatchObject({ id, email: null, emailVerified: false });
    const history = await again.user.events.query();
    expect(history.events.map(({ kind }) => kind)).toContain("email.released");
    expect(events.filter(({ userId }) => userId === id)).toContainEqual(
      expect.objectContaining({ kind: "email.released" }),
    );
  });

  test("B6: a login that is under way when the address is lost starts no session", async () => {
    const username = `squatter${++people}`;
    const squatter = await registered(optional, { username });
    const { deps } = optional.keywright;
    const { verify } = deps.passwords;
    let isLost = false;
    deps.passwords.verify = async (stored, typed) => {
      const verdict = await verify(stored, typed);
      if (isLost) return verdict;
      isLost = true;
      await takenOver(optional, squatter.email);
      return verdict;
    };
    const late = optional.visitor().auth.login.mutate({ username, password });
    const outcome = await outcomeOf(late).finally(() => {
      deps.passwords.verify = verify;
    });
    expect(outcome).toBe("INVALID_CREDENTIALS");
  });

  test("B6: the same where nobody signs in unverified", async () => {
    const username = `squatter${++people}`;
    const squatter = await registered(mandatory, { username });
    const nameless = await registered(mandatory);
    await takenOver(mandatory, squatter.email);
    await takenOver(mandatory, nameless.email);
    const rows = await mandatory.sql(
      `select email, credential_version from keywright.users where username_key = '${username}'`,
    );
    expect(rows).toEqual([{ email: null, credential_version: 1 }]);
    expect(events.filter(({ kind }) => kind === "user.deleted").length).toBeGreaterThan(0);
  });
});
