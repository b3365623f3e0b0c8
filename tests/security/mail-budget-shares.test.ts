import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";

// Mallory wants the owner of an address that nobody has proved yet to get no mail that is of use to them.
const perHour = 3;
/** One is kept for the owner's own request. */
const bySquatter = perHour - 1;
const limits = { mailsPerAddressPerHour: perHour };
const modes = ["optional", "mandatory"] as const;
type Mode = (typeof modes)[number];
let apps: Record<Mode, TestApp>;
beforeAll(async () => {
  const optional = await createTestApp({ limits });
  const mandatory = await createTestApp({ limits, registration: { verification: "mandatory" } }, optional.database);
  apps = { optional, mandatory };
});
beforeEach(() => forgetCounts(""));
afterAll(async () => {
  await apps.mandatory.close();
  await apps.optional.close();
});

const [password, newPassword] = ["mallory's horse", "battery staple"];
let people = 0;
const newAddress = () => `shared-${++people}@example.com`;
const outcomeOf = (call: Promise<unknown>) => call.then(() => null, reasonOf);
const received = async (app: TestApp, address: string) => (await subjectsTo(app, address)).length;

async function forgetCounts(prefix: string): Promise<void> {
  await apps.optional.sql(`delete from keywright.rate_limits where key like '${prefix}%'`);
}

/** Each of them delivered before the next is asked for. */
async function ask(app: TestApp, times: number, call: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < times; round++) {
    expect(await outcomeOf(call())).toBeNull();
    await app.deliverMail();
  }
}

/** Mallory's registration of somebody else's address, with "send again" until the mailbox gets none of them any more. */
async function squat(app: TestApp, email: string): Promise<string> {
  await ask(app, 1, () => app.visitor().registration.register.mutate({ email, password }));
  await ask(app, perHour, () => app.visitor().registration.resendVerification.mutate({ email }));
  expect(await received(app, email)).toBe(bySquatter);
  return await mailedToken(app, email, "/verify-email");
}

const verify = (app: TestApp, token: string) => outcomeOf(app.visitor().registration.verifyEmail.mutate({ token }));
const enter = (app: TestApp, email: string, own: string) =>
  outcomeOf(app.visitor().auth.login.mutate({ email, password: own }));

describe.each(modes)("an address that nobody has proved, where verification is %s", (mode) => {
  test("gets what its own account asks for, however many others want to move there", async () => {
    const [app, email] = [apps[mode], newAddress()];
    const mallory = await app.addUser();
    const thief = await app.signedIn(mallory);
    await ask(app, perHour, () => thief.user.requestEmailChange.mutate({ email, password: mallory.password }));
    const ada = app.visitor();
    await ask(app, 1, () => ada.registration.register.mutate({ email, password: "ada's own staple" }));
    await ask(app, 1, () => ada.registration.resendVerification.mutate({ email }));
    expect(await received(app, email)).toBe(bySquatter);
    expect(await verify(app, await mailedToken(app, email, "/verify-email"))).toBeNull();
    expect(await enter(app, email, "ada's own staple")).toBeNull();
  });

  test("gets the owner's link to reset, whatever the squatter had sent", async () => {
    const [app, email] = [apps[mode], newAddress()];
    const squatters = await squat(app, email);
    await ask(app, 1, () => app.visitor().password.requestReset.mutate({ email }));
    expect(await received(app, email)).toBe(perHour);
    expect(await verify(app, squatters)).toBe("TOKEN_INVALID");
    const token = await mailedToken(app, email, "/reset-password");
    expect(await outcomeOf(app.visitor().password.reset.mutate({ token, newPassword }))).toBeNull();
    expect(await enter(app, email, password)).toBe("INVALID_CREDENTIALS");
    expect(await enter(app, email, newPassword)).toBeNull();
  });

  test("keeps the links that it got when one more is dropped", async () => {
    const [app, email] = [apps[mode], newAddress()];
    const squatters = await squat(app, email);
    await forgetCounts("mail:");
    await ask(app, perHour, () => app.visitor().registration.resendVerification.mutate({ email }));
    expect(await received(app, email)).toBe(bySquatter);
    expect(await outcomeOf(app.visitor().password.checkToken.mutate({ token: squatters }))).toBeNull();
    await ask(app, perHour, () => app.visitor().password.requestReset.mutate({ email }));
    await forgetCounts("mail:");
    await ask(app, perHour, () => app.visitor().registration.resendVerification.mutate({ email }));
    expect(await received(app, email)).toBe(perHour);
    const token = await mailedToken(app, email, "/reset-password");
    expect(await outcomeOf(app.visitor().password.reset.mutate({ token, newPassword }))).toBeNull();
  });
});

test.each(["registration.resendVerification", "password.requestReset", "user.requestEmailChange"] as const)(
  "an address that nobody has proved gets no more of all kinds together within an hour than of one, whoever asks, if %s is first",
  async (first) => {
    const [app, email] = [apps.optional, newAddress()];
    const mallory = await app.addUser();
    const thief = await app.signedIn(mallory);
    const calls = {
      "registration.resendVerification": () => app.visitor().registration.resendVerification.mutate({ email }),
      "password.requestReset": () => app.visitor().password.requestReset.mutate({ email }),
      "user.requestEmailChange": () => thief.user.requestEmailChange.mutate({ email, password: mallory.password }),
    };
    await ask(app, 1, () => app.visitor().registration.register.mutate({ email, password }));
    await ask(app, perHour, calls[first]);
    for (const call of Object.values(calls)) {
      await forgetCounts("mail:");
      await ask(app, perHour, call);
    }
    expect(await received(app, email)).toBe(perHour);
    app.travel(3_600_000);
    await forgetCounts("mail:");
    await ask(app, 1, calls["registration.resendVerification"]);
    expect(await received(app, email)).toBe(perHour + 1);
  },
);

test("a second registration gives the owner a link, whatever the squatter had sent", async () => {
  const [app, email] = [apps.mandatory, newAddress()];
  const squatters = await squat(app, email);
  await ask(app, 1, () => app.visitor().registration.register.mutate({ email, password: "ada's own staple" }));
  expect(await received(app, email)).toBe(perHour);
  expect(await verify(app, squatters)).toBe("TOKEN_INVALID");
  // Pressed by the squatter, the button changes nothing about it.
  await outcomeOf(app.visitor().registration.resendVerification.mutate({ email }));
  const token = await mailedToken(app, email, "/set-password");
  expect(await outcomeOf(app.visitor().password.set.mutate({ token, newPassword }))).toBeNull();
  expect(await enter(app, email, password)).toBe("INVALID_CREDENTIALS");
  expect(await enter(app, email, newPassword)).toBeNull();
});
