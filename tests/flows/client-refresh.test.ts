import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { createPhone, latch, noNetwork } from "./client-phone.js";

let app: TestApp;
let ada: TestUser;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
});
afterAll(() => app.close());

const minuteMs = 60_000;
const eight = Array.from({ length: 8 }, (_, index) => index);

async function signedInPhone(user = ada) {
  const phone = createPhone(app);
  await phone.client.auth.login.mutate({ email: user.email, password: user.password });
  phone.sent();
  return phone;
}

describe("an expired access token", () => {
  test("costs eight calls one refresh, and all are answered", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    const users = await Promise.all(eight.map(() => phone.client.user.me.query()));
    expect(users.map(({ email }) => email)).toEqual(eight.map(() => ada.email));
    const batch = eight.map(() => "user.me").join(",");
    expect(phone.sent()).toEqual([batch, "auth.refreshToken", batch]);
  });

  test("costs calls that come one after the other one refresh", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    const calls = eight.map(async (index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 3));
      return phone.client.user.me.query();
    });
    expect(await Promise.all(calls)).toHaveLength(8);
    expect(phone.sent().filter((path) => path === "auth.refreshToken")).toHaveLength(1);
  });

  test("is renewed before the calls where the phone knows that it has expired", async () => {
    const slow = await createTestApp({}, app.database);
    slow.travel(2_000 - 5 * minuteMs); // to the phone its tokens last two seconds, to itself five minutes
    const phone = createPhone(slow);
    await phone.client.auth.login.mutate({ email: ada.email, password: ada.password });
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    phone.sent();
    await Promise.all(eight.map(() => phone.client.user.me.query()));
    expect(phone.sent()).toEqual(["auth.refreshToken", eight.map(() => "user.me").join(",")]);
    await slow.close();
  });

  test("is not renewed again for a call that hears late of its refusal", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    const heard = latch();
    let isLate = true;
    phone.network.intercept = async (path, answer) => {
      const response = await answer();
      if (path === "auth.session" && isLate) await heard.opened;
      return response;
    };
    const late = phone.client.auth.session.query();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await phone.client.user.me.query();
    isLate = false;
    heard.open();
    expect(await late).toMatchObject({ user: { email: ada.email } });
    expect(phone.sent()).toEqual(["auth.session", "user.me", "auth.refreshToken", "user.me", "auth.session"]);
  });

  test("keeps nobody from being told who is signed in", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    expect(await phone.client.auth.session.query()).toMatchObject({ user: { email: ada.email } });
    expect(phone.sent()).toEqual(["auth.session", "auth.refreshToken", "auth.session"]);
  });

  test("keeps nobody from signing out", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    await phone.client.auth.logout.mutate();
    expect(phone.store.saved.at(-1)).toBeNull();
  });

  test("of a phone whose clock is an hour ahead is renewed when the server refuses it, not before", async () => {
    const late = await createTestApp({}, app.database);
    late.travel(-60 * minuteMs);
    const phone = createPhone(late);
    await phone.client.auth.login.mutate({ email: ada.email, password: ada.password });
    phone.sent();
    await phone.client.user.me.query();
    expect(phone.sent()).toEqual(["user.me"]);
    late.travel(6 * minuteMs);
    await phone.client.user.me.query();
    expect(phone.sent()).toEqual(["user.me", "auth.refreshToken", "user.me"]);
    await late.close();
  });
});

describe("a refresh that the server refuses", () => {
  test("is tried once; every call is refused and the store is cleared once", async () => {
    const phone = await signedInPhone();
    const refreshToken = phone.store.saved.at(-1) ?? "";
    await app.visitor().auth.revokeToken.mutate({ refreshToken });
    const errors = await Promise.all(eight.map(() => refusal(phone.client.user.me.query())));
    expect(errors.map(reasonOf)).toEqual(eight.map(() => "NOT_AUTHENTICATED"));
    expect(phone.sent().filter((path) => path === "auth.refreshToken")).toHaveLength(1);
    expect(phone.store.saved).toEqual([refreshToken, null]);
    expect(reasonOf(await refusal(phone.client.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(await phone.client.auth.session.query()).toBeNull();
    expect(phone.sent()).toEqual(["user.me", "auth.session"]);
  });

  test("after ninety days clears the store as well", async () => {
    const phone = await signedInPhone();
    app.travel(91 * 24 * 60 * minuteMs);
    expect(reasonOf(await refusal(phone.client.user.me.query()))).toBe("NOT_AUTHENTICATED");
    expect(phone.store.saved.at(-1)).toBeNull();
  });

  test("with an old store keeps nobody from what is open to all", async () => {
    const first = await signedInPhone();
    await app.visitor().auth.revokeToken.mutate({ refreshToken: first.store.saved.at(-1) ?? "" });
    const restarted = createPhone(app, { store: first.store });
    expect((await restarted.client.auth.config.query()).registrationOpen).toBe(true);
    expect(restarted.sent()).toEqual(["auth.refreshToken", "auth.config"]);
    expect(first.store.saved.at(-1)).toBeNull();
  });

  test("is not even asked for by somebody who signs in", async () => {
    const { store } = await signedInPhone();
    const restarted = createPhone(app, { store });
    await restarted.client.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(restarted.sent()).toEqual(["auth.login"]);
  });
});

describe("a refresh whose answer is lost", () => {
  test("is repeated with the same token, and nobody notices", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    let isLost = false;
    phone.network.intercept = async (path, answer) => {
      const response = await answer();
      if (path !== "auth.refreshToken" || isLost) return response;
      isLost = true;
      return noNetwork();
    };
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
    const refreshes = phone.requests.filter(({ path }) => path === "auth.refreshToken");
    expect(refreshes).toHaveLength(2);
    expect(refreshes[0]?.body).toBe(refreshes[1]?.body);
    app.travel(6 * minuteMs);
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
  });

  test("over and over fails the calls, and signs nobody out", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    phone.network.intercept = async (path, answer) => {
      const response = await answer();
      return path === "auth.refreshToken" ? noNetwork() : response;
    };
    const errors = await Promise.all(eight.map(() => refusal(phone.client.user.me.query())));
    expect(errors.map(reasonOf)).toEqual(eight.map(() => null));
    expect(phone.store.saved).toHaveLength(1);
    phone.network.intercept = (_path, answer) => answer();
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
  });

  test("by a server that is too busy fails the call with its reason, and signs nobody out", async () => {
    const phone = await signedInPhone();
    app.travel(6 * minuteMs);
    const data = { code: "SERVICE_UNAVAILABLE", httpStatus: 503, reason: "UNAVAILABLE", requestId: "1" };
    const busy = Response.json({ error: { json: { message: "busy", code: -32603, data } } }, { status: 503 });
    phone.network.intercept = async (path, answer) => (path === "auth.refreshToken" ? busy.clone() : answer());
    expect(reasonOf(await refusal(phone.client.user.me.query()))).toBe("UNAVAILABLE");
    expect(phone.sent()).toEqual(["user.me", "auth.refreshToken"]);
    phone.network.intercept = (_path, answer) => answer();
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
  });
});
