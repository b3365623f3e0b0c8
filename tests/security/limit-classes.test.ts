import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { cookieOf } from "../support/raw.js";
import { appRouter } from "../support/router.js";

const most = 2;
const limits = {
  passwordTriesPerAccount: most,
  mailsPerAddressPerHour: most,
  changesPerAccountPerHour: most,
  signInsPerIpPerMinute: most,
  registrationsPerIpPerMinute: most,
  mailsPerIpPerMinute: most,
  tokenCallsPerIpPerMinute: most,
};

let open: TestApp;
let narrow: TestApp;
let ada: TestUser;
let cookie: string;
beforeAll(async () => {
  open = await createTestApp();
  narrow = await createTestApp({ limits }, open.database);
  ada = await open.addUser();
  cookie = await cookieOf(open, ada);
});
afterAll(async () => {
  await narrow.close();
  await open.close();
});

const password = "wrong horse";
const token = `kwo_${"A".repeat(43)}`;
const choice = { token, newPassword: "battery staple" };
const provider = "nobody";

/** An input for each mutation that comes as far as its limit; a new one does not pass before it is here. */
const inputs: Record<string, object> = {
  "auth.login": { email: "nobody@example.com", password },
  "auth.revokeSession": { id: randomUUID() },
  "auth.revokeOtherSessions": {},
  "auth.reauthenticate": { password },
  "auth.requestCode": {},
  "auth.refreshToken": { refreshToken: token },
  "auth.verifyToken": { token },
  "auth.revokeToken": { refreshToken: token },
  "password.requestReset": { email: "nobody@example.com" },
  "password.checkToken": { token },
  "password.reset": choice,
  "password.set": choice,
  "password.change": { currentPassword: password, newPassword: "battery staple" },
  "user.update": { firstName: "Ada" },
  "user.export": {},
  "user.requestEmailChange": { email: "new@example.com", password },
  "user.confirmEmailChange": { token },
  "user.undoEmailChange": { token },
  "user.archive": { password },
  "user.delete": { password },
  "registration.register": { email: "x", password },
  "registration.verifyEmail": { token },
  "registration.resendVerification": { email: "nobody@example.com" },
  "social.start": { provider },
  "social.login": { provider, accessToken: "x" },
  "social.complete": { ticket: "x" },
  "social.connect": { provider, accessToken: "x" },
  "social.disconnect": { id: randomUUID() },
};

function mutations(): string[] {
  const all: [string, unknown][] = Object.entries(appRouter._def.procedures);
  const typeOf = (procedure: unknown) => Reflect.get(Object(Reflect.get(Object(procedure), "_def")), "type");
  return all.filter(([, procedure]) => typeOf(procedure) === "mutation").map(([path]) => path);
}

const call = (path: string, input: unknown = inputs[path]) => narrow.post(path, input, { cookie, origin: publicUrl });

describe("a caller who calls again and again", () => {
  test("is limited in every procedure that changes something but the one that ends the session", async () => {
    const named = [...Object.keys(inputs), "auth.logout"];
    expect(mutations().filter((path) => !named.includes(path))).toEqual([]);
    for (const path of Object.keys(inputs)) {
      await open.sql("delete from keywright.rate_limits");
      const statuses: number[] = [];
      for (let round = 0; round <= most; round++) statuses.push((await call(path)).status);
      expect([path, ...statuses.map((status) => status === 429)]).toEqual([path, ...Array(most).fill(false), true]);
    }
  });

  test("with a hundred batches of ten makes as many changes as the limit allows (A16)", async () => {
    const wide = await createTestApp({ limits: { changesPerAccountPerHour: 20 } }, open.database);
    const grace = await open.addUser();
    const own = { cookie: await cookieOf(open, grace), origin: publicUrl };
    const path = `${Array(10).fill("user.update").join(",")}?batch=1`;
    const body = JSON.stringify(
      Object.fromEntries(Array.from({ length: 10 }, (_, at) => [at, { json: { firstName: `G${at}` } }])),
    );
    const headers = { "content-type": "application/json", ...own };
    const batch = () =>
      wide.handle(new Request(`${publicUrl}/trpc/${path}`, { method: "POST", headers, body }), "127.0.0.1");
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 10 }, batch));
    const rows = await open.sql(
      `select id from keywright.audit_events where kind = 'user.updated' and user_id = (select id from keywright.users where email_key = '${grace.email}')`,
    );
    expect(rows).toHaveLength(20);
    // Another session has no more of them, and still ends what it must.
    const other = { cookie: await cookieOf(open, grace), origin: publicUrl };
    expect((await wide.post("user.update", { firstName: "Grace" }, other)).status).toBe(429);
    expect((await wide.post("auth.revokeOtherSessions", {}, other)).status).toBe(200);
    await wide.close();
  });

  test("in a stolen session cannot keep the owner from ending it (A16)", async () => {
    await open.sql("delete from keywright.rate_limits");
    const [stolen, own] = [await cookieOf(open, ada), await cookieOf(open, ada)];
    for (let round = 0; round < 5; round++) {
      await narrow.post("auth.revokeSession", { id: randomUUID() }, { cookie: stolen, origin: publicUrl });
      await narrow.post("user.update", { firstName: "Thief" }, { cookie: stolen, origin: publicUrl });
    }
    expect((await narrow.post("auth.revokeOtherSessions", {}, { cookie: own, origin: publicUrl })).status).toBe(200);
    expect((await narrow.get("user.me", { cookie: stolen })).status).toBe(401);
  });
});
