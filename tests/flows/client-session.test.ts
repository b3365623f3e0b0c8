import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { createPhone, latch, notedStore } from "./client-phone.js";

let app: TestApp;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await createTestApp({ registration: { signInOnVerification: true } });
  ada = await app.addUser();
  bob = await app.addUser();
});
afterAll(() => app.close());

const expired = () => app.travel(6 * 60_000);

async function signedInPhone(user: TestUser) {
  const phone = createPhone(app);
  await phone.client.auth.login.mutate({ email: user.email, password: user.password });
  phone.sent();
  return phone;
}

/** Holds the answer to the first refresh back until it is let go. */
function heldRefresh(phone: ReturnType<typeof createPhone>) {
  const [gate, reached] = [latch(), latch()];
  phone.network.intercept = async (path, answer) => {
    const response = await answer();
    if (path !== "auth.refreshToken") return response;
    reached.open();
    await gate.opened;
    return response;
  };
  return { reached: reached.opened, letGo: gate.open };
}

describe("the tokens of a sign-in", () => {
  test("are kept by the client, and the caller gets them as well", async () => {
    const phone = createPhone(app);
    const answer = await phone.client.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(phone.store.saved).toEqual([answer.tokens?.refreshToken]);
    expect(phone.store.saved[0]?.length).toBeLessThan(100);
    expect(await phone.client.auth.session.query()).toMatchObject({ user: { email: ada.email } });
  });

  test("are kept when they come with a registration, or with a verified address", async () => {
    const phone = createPhone(app);
    const email = "grace@example.com";
    const registered = await phone.client.registration.register.mutate({ email, password: "correct horse" });
    expect(phone.store.saved).toEqual([registered.status === "signed_in" && registered.tokens?.refreshToken]);
    const other = createPhone(app);
    const verified = await other.client.registration.verifyEmail.mutate({ token: await app.tokenFromMail(email) });
    expect(other.store.saved).toEqual([verified.status === "signed_in" && verified.tokens?.refreshToken]);
    expect(await other.client.user.me.query()).toMatchObject({ email, emailVerified: true });
  });

  test("outlive the program", async () => {
    const { store } = await signedInPhone(ada);
    const restarted = createPhone(app, { store });
    await Promise.all([restarted.client.user.me.query(), restarted.client.auth.session.query()]);
    expect(restarted.sent()).toEqual(["auth.refreshToken", "user.me,auth.session"]);
  });

  test("are gone after a sign-out", async () => {
    const phone = await signedInPhone(ada);
    await phone.client.auth.logout.mutate();
    expect(phone.store.saved.at(-1)).toBeNull();
    phone.sent();
    expect(reasonOf(await refusal(phone.client.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(phone.sent()).toEqual(["user.me"]);
  });

  test("are followed when they are exchanged by hand", async () => {
    const phone = await signedInPhone(ada);
    const first = phone.store.saved.at(-1) ?? "";
    const successor = await phone.client.auth.refreshToken.mutate({ refreshToken: first });
    expect(phone.store.saved.at(-1)).toBe(successor.refreshToken);
    expired();
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
  });

  test("are left alone when somebody else's are exchanged by hand", async () => {
    const phone = await signedInPhone(ada);
    const other = await signedInPhone(bob);
    await phone.client.auth.refreshToken.mutate({ refreshToken: other.store.saved.at(-1) ?? "" });
    expect(phone.store.saved).toHaveLength(1);
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
  });
});

describe("a store that fails", () => {
  const full = () => Promise.reject(new Error("the keychain is locked"));

  test("lets the sign-in reject with its own error", async () => {
    const phone = createPhone(app, { store: { ...notedStore(), save: full } });
    const login = phone.client.auth.login.mutate({ email: ada.email, password: ada.password });
    await expect(login).rejects.toThrow("the keychain is locked");
  });

  test("costs nobody the session while the program runs", async () => {
    const phone = await signedInPhone(ada);
    phone.store.save = full;
    for (const _time of ["once", "twice"]) {
      expired();
      expect((await phone.client.user.me.query()).email).toBe(ada.email);
    }
  });

  test("fails the calls that need what is in it", async () => {
    const phone = createPhone(app, { store: { ...notedStore(), load: full } });
    await expect(phone.client.user.me.query()).rejects.toThrow("the keychain is locked");
  });
});

describe("while a refresh is under way", () => {
  test("a sign-in wins over it, and nobody's call is repeated in another name", async () => {
    const phone = await signedInPhone(ada);
    expired();
    const { reached, letGo } = heldRefresh(phone);
    const adasCall = refusal(phone.client.user.me.query());
    await reached;
    await phone.client.auth.login.mutate({ email: bob.email, password: bob.password });
    const bobsToken = phone.store.saved.at(-1);
    letGo();
    expect(reasonOf(await adasCall)).toBe("SESSION_CHANGED");
    expect(phone.store.saved.at(-1)).toBe(bobsToken);
    expect((await phone.client.user.me.query()).email).toBe(bob.email);
  });

  test("a call that is aborted stops waiting, is not sent again, and the others are answered", async () => {
    const phone = await signedInPhone(ada);
    expired();
    const { reached, letGo } = heldRefresh(phone);
    const controller = new AbortController();
    const aborted = refusal(phone.client.user.me.query(undefined, { signal: controller.signal }));
    const other = phone.client.auth.session.query();
    await reached;
    controller.abort();
    expect(reasonOf(await aborted)).toBeNull();
    letGo();
    expect(await other).toMatchObject({ user: { email: ada.email } });
    expect(phone.sent().slice(1)).toEqual(["auth.refreshToken", "auth.session"]);
  });
});
