import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { subjectsTo } from "../support/mailed.js";
import { refusal } from "../support/refusal.js";
import { createPhone, noNetwork } from "./client-phone.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Random, so that keys are derived from it without a stretching that forging would have to repeat. */
const newSecret = randomBytes(48).toString("base64");

/** `old` knows the first secret only, `app` that and the one after it, `next` the one after it only. */
let old: TestApp;
let app: TestApp;
let next: TestApp;
beforeAll(async () => {
  old = await createTestApp();
  app = await createTestApp({ secret: newSecret, previousSecret: old.secret }, old.database);
  next = await createTestApp({ secret: newSecret }, old.database);
});
afterAll(async () => {
  await next.close();
  await app.close();
  await old.close();
});

function travel(ms: number): void {
  for (const instance of [old, app, next]) instance.travel(ms);
}

async function newPhone(instance = app) {
  const ada = await app.addUser();
  const phone = instance.visitor({ transport: "bearer" });
  const { tokens, session } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
  if (!tokens) throw new Error("A bearer sign-in has tokens.");
  return { ada, session, ...tokens };
}

const refresh = async (refreshToken: string, instance = app) =>
  (await instance.visitor().auth.refreshToken.mutate({ refreshToken })).refreshToken;
const refused = async (refreshToken: string, instance = app) =>
  reasonOf(await refusal(refresh(refreshToken, instance)));
const revoke = (refreshToken: string, instance = app) => instance.visitor().auth.revokeToken.mutate({ refreshToken });
const rowsOf = ({ id }: { id: string }) => app.sql(`select * from keywright.refresh_tokens where session_id = '${id}'`);
const isAlive = async ({ id }: { id: string }) =>
  (await app.sql(`select id from keywright.sessions where id = '${id}'`)).length === 1;
const reusesOf = async ({ id }: { id: string }) =>
  (await app.sql(`select 1 from keywright.audit_events where kind = 'refresh.reused' and session_id = '${id}'`)).length;

describe("a chain", () => {
  test("B3: 250 refreshes of one device leave one row, which goes with the session", async () => {
    const { session, refreshToken } = await newPhone();
    let token = refreshToken;
    for (let turn = 0; turn < 250; turn++) token = await refresh(token);
    expect(await rowsOf(session)).toMatchObject([{ generation: 250 }]);
    travel(91 * dayMs);
    await app.keywright.cleanUp();
    expect(await rowsOf(session)).toEqual([]);
  }, 300_000);

  test("B3: a refresh costs three statements, and its retry two", async () => {
    const { refreshToken } = await newPhone();
    expect((await app.costOf(() => refresh(refreshToken))).statements).toHaveLength(3);
    expect((await app.costOf(() => refresh(refreshToken))).statements).toHaveLength(2);
  });

  test("K17: a stolen token is recognised for as long as the session lives", async () => {
    const { ada, session, refreshToken } = await newPhone();
    let token = refreshToken;
    for (let month = 0; month < 3; month++) {
      travel(25 * dayMs);
      token = await refresh(token);
      await app.keywright.cleanUp();
    }
    expect(await refused(refreshToken)).toBe("TOKEN_INVALID");
    expect([await isAlive(session), await reusesOf(session)]).toEqual([false, 1]);
    expect((await app.mailTo(ada.email)).subject).toMatch(/signed out/);
    expect(await refused(token)).toBe("TOKEN_INVALID");
  });

  test("any of its tokens revokes the session", async () => {
    for (const age of [0, 1, 2]) {
      const { session, refreshToken } = await newPhone();
      const tokens = [refreshToken];
      for (let turn = 0; turn < 2; turn++) tokens.push(await refresh(tokens.at(-1) ?? ""));
      await revoke(tokens.at(-1 - age) ?? "");
      expect(await isAlive(session)).toBe(false);
    }
  });
});

describe("a retry", () => {
  test("C5: a phone whose answer was lost sleeps for a day less a minute, and stays signed in", async () => {
    const ada = await app.addUser();
    const phone = createPhone(app);
    await phone.client.auth.login.mutate({ email: ada.email, password: ada.password });
    travel(6 * minuteMs);
    phone.network.intercept = async (path, answer) => {
      const response = await answer();
      return path === "auth.refreshToken" ? noNetwork() : response;
    };
    await refusal(phone.client.user.me.query());
    phone.network.intercept = (_path, answer) => answer();
    travel(dayMs - minuteMs);
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
    travel(6 * minuteMs);
    expect((await phone.client.user.me.query()).email).toBe(ada.email);
    expect(phone.store.saved).not.toContain(null);
  });

  test("gets the same successor again and again, and never a second chain", async () => {
    const { refreshToken } = await newPhone();
    const second = await refresh(refreshToken);
    for (let hour = 0; hour < 24; hour += 6) {
      expect(await refresh(refreshToken)).toBe(second);
      travel(6 * hourMs);
    }
    const third = await refresh(second);
    expect(await refresh(second)).toBe(third);
  });

  test("is over after `tokens.refreshGraceHours`, and the session with it", async () => {
    const brief = await createTestApp({ secret: newSecret, tokens: { refreshGraceHours: 0.5 } }, old.database);
    brief.travel(app.offsetMs());
    const { session, refreshToken } = await newPhone(brief);
    const second = await refresh(refreshToken, brief);
    brief.travel(29 * minuteMs);
    expect(await refresh(refreshToken, brief)).toBe(second);
    brief.travel(2 * minuteMs);
    expect(await refused(refreshToken, brief)).toBe("TOKEN_INVALID");
    expect([await isAlive(session), await reusesOf(session)]).toEqual([false, 1]);
    await brief.close();
  });
});

describe("two who use one chain", () => {
  const seenBy = (ip: string, agent: string) => {
    const device = app.visitor({ transport: "bearer", ip, headers: { "user-agent": agent } });
    return async (refreshToken: string) => (await device.auth.refreshToken.mutate({ refreshToken })).refreshToken;
  };
  const sharedOf = async ({ id }: { id: string }) =>
    (await app.sql(`select 1 from keywright.audit_events where kind = 'refresh.shared' and session_id = '${id}'`))
      .length;
  const noticesTo = async (email: string) =>
    (await subjectsTo(app, email)).filter((subject) => /two places/.test(subject)).length;

  test.each([
    ["address", "198.51.100.7", "Phone/1"],
    ["user agent", "203.0.113.1", "Phone/2"],
  ])("A33: a thief who follows the owner's refreshes from another %s is told of, once", async (_what, ip, agent) => {
    const { ada, session, refreshToken } = await newPhone();
    const [owner, thief] = [seenBy("203.0.113.1", "Phone/1"), seenBy(ip, agent)];
    let token = refreshToken;
    for (let step = 0; step < 10; step++) {
      const successor = await owner(token);
      expect(await thief(token)).toBe(successor);
      token = successor;
    }
    expect([await sharedOf(session), await noticesTo(ada.email)]).toEqual([1, 1]);
    expect([await isAlive(session), await reusesOf(session)]).toEqual([true, 0]);
  });

  test("a thief is told of once a week (A33), also after a phone that was on a train", async () => {
    const { ada, session, refreshToken } = await newPhone();
    const [home, train, thief] = [
      seenBy("203.0.113.1", "Phone/1"),
      seenBy("198.51.100.7", "Phone/1"),
      seenBy("192.0.2.66", "Script/1"),
    ];
    const told = async () => [await sharedOf(session), await noticesTo(ada.email)];
    // The answer is lost where the wireless network ends, and asked for again by mobile data.
    let token = await home(refreshToken);
    expect(await train(refreshToken)).toBe(token);
    expect(await told()).toEqual([1, 1]);
    for (let day = 1; day <= 15; day++) {
      travel(dayMs);
      const successor = await home(token);
      expect(await thief(token)).toBe(successor);
      expect(await thief(token)).toBe(successor);
      token = successor;
      const times = day >= 14 ? 3 : day >= 7 ? 2 : 1;
      expect(await told()).toEqual([times, times]);
    }
    expect(await isAlive(session)).toBe(true);
  });

  test("A33: nobody is told of retries from one network, nor of a phone that moves between two links", async () => {
    const { ada, session, refreshToken } = await newPhone();
    const [home, desk] = [seenBy("2001:db8:0:1::1", "Phone/1"), seenBy("2001:db8:0:1::2", "Phone/1")];
    const second = await home(refreshToken);
    expect(await desk(refreshToken)).toBe(second);
    const third = await seenBy("203.0.113.1", "Phone/1")(second);
    expect(await seenBy("203.0.113.1", "Phone/1")(second)).toBe(third);
    expect([await sharedOf(session), await noticesTo(ada.email)]).toEqual([0, 0]);
  });
});

describe("while the secret is being changed", () => {
  test("A22: a retry that reaches an old instance is told to come again, and the right one knows it", async () => {
    const { session, refreshToken } = await newPhone(old);
    const second = await refresh(refreshToken, app);
    const error = await refusal(refresh(refreshToken, old));
    expect(error).toMatchObject({ data: { reason: "UNAVAILABLE", retryAfter: expect.any(Number) } });
    expect(await rowsOf(session)).toMatchObject([{ generation: 1 }]);
    expect(await refresh(refreshToken, app)).toBe(second);
    expect(await reusesOf(session)).toBe(0);
  });

  test("A22: a retry that reaches a new instance gets what the old one made", async () => {
    const { refreshToken } = await newPhone(old);
    const second = await refresh(refreshToken, old);
    expect(await refresh(refreshToken, app)).toBe(second);
    expect(await refresh(second, app)).not.toBe(second);
  });

  test("A22: a phone that old and new instances serve by turns stays signed in", async () => {
    const { session, refreshToken } = await newPhone(app);
    let token = refreshToken;
    for (const instance of [old, app, app, old, old, next, app, next, old]) token = await refresh(token, instance);
    expect(await rowsOf(session)).toMatchObject([{ generation: 9 }]);
    await revoke(token, old);
    expect(await isAlive(session)).toBe(false);
  });

  test("A22: an instance that cannot read a token's mark neither signs its owner out nor takes it for stolen", async () => {
    const { ada, session, refreshToken } = await newPhone(app);
    const second = await refresh(refreshToken, app);
    const third = await refresh(second, app);
    expect(await refused(refreshToken, old)).toBe("TOKEN_INVALID");
    expect(reasonOf(await refusal(revoke(refreshToken, old)))).toBe("TOKEN_INVALID");
    expect([await isAlive(session), await reusesOf(session)]).toEqual([true, 0]);
    expect(app.mails.filter(({ to, subject }) => to === ada.email && /signed out/.test(subject))).toEqual([]);
    expect(await refused(refreshToken, app)).toBe("TOKEN_INVALID");
    expect([await isAlive(session), await reusesOf(session)]).toEqual([false, 1]);
    expect(await refused(third, old)).toBe("TOKEN_INVALID");
  });

  test("tokens of a secret that is gone are still good, and so are their retries once it is back", async () => {
    const { refreshToken } = await newPhone(old);
    const second = await refresh(refreshToken, old);
    expect(await refused(refreshToken, next)).toBe("UNAVAILABLE");
    const third = await refresh(second, next);
    expect(await refresh(second, app)).toBe(third);
  });
});

describe("a thief", () => {
  /** What somebody makes who has the secret, and knows how tokens are made. */
  function forge(secret: string, { sessionId, generation }: { sessionId: string; generation: number }): string {
    const head = Buffer.alloc(52, 7);
    head.write(sessionId.replaceAll("-", ""), "hex");
    head.writeUInt32BE(generation, 16);
    const key = Buffer.from(hkdfSync("sha256", secret, "", "keywright refresh mac v1", 32));
    const mac = createHmac("sha256", key).update(head).digest().subarray(0, 16);
    return `kwr_${Buffer.concat([head, mac]).toString("base64url")}`;
  }

  test("who has the secret makes no token that is good", async () => {
    const { session, refreshToken } = await newPhone();
    const second = await refresh(refreshToken);
    for (const generation of [1, 2, 2 ** 32 - 1]) {
      expect(await refused(forge(newSecret, { sessionId: session.id, generation }))).toBe("TOKEN_INVALID");
    }
    expect([await isAlive(session), await reusesOf(session)]).toEqual([true, 0]);
    expect(await refresh(second)).not.toBe(second);
    expect(await refused(forge(newSecret, { sessionId: session.id, generation: 0 }))).toBe("TOKEN_INVALID");
    expect(await reusesOf(session)).toBe(1);
  });

  test("who has the secret and an old token does not derive the next one", async () => {
    const { refreshToken } = await newPhone();
    const second = await refresh(refreshToken);
    const key = Buffer.from(hkdfSync("sha256", newSecret, "", "keywright refresh v1", 32));
    for (const salt of ["", "\n", `\n${refreshToken}`]) {
      const derived = createHmac("sha256", key).update(`${salt}${refreshToken}`).digest();
      expect(Buffer.from(second.slice(4), "base64url").includes(derived)).toBe(false);
    }
  });

  test("changes no bit of a token and is believed", async () => {
    const { session, refreshToken } = await newPhone();
    const bytes = Buffer.from(refreshToken.slice(4), "base64url");
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(await refused(`kwr_${changed.toString("base64url")}`)).toBe("TOKEN_INVALID");
    }
    for (const spelt of [`${refreshToken}=`, `${refreshToken} `, refreshToken.toUpperCase(), refreshToken.slice(4)]) {
      expect(await refused(spelt)).toBe("TOKEN_INVALID");
    }
    expect(await isAlive(session)).toBe(true);
  });

  test("of one session has nothing of another, though their tokens are alike", async () => {
    const [mine, hers] = [await newPhone(), await newPhone()];
    const bytes = Buffer.from(mine.refreshToken.slice(4), "base64url");
    Buffer.from(hers.session.id.replaceAll("-", ""), "hex").copy(bytes);
    expect(await refused(`kwr_${bytes.toString("base64url")}`)).toBe("TOKEN_INVALID");
    expect([await isAlive(mine.session), await isAlive(hers.session)]).toEqual([true, true]);
  });
});
