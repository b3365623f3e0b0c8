import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { calling, type Transport } from "./calls.js";
import { createExplorer, type Effort } from "./explore.js";
import { password } from "./people.js";
import { createRing, type Play, type Ring } from "./ring.js";
import { stages } from "./stages.js";

// What went wrong once, in the orders in which it did: a call stopped after any of its statements for the whole of the
// other.

type Scene = Awaited<ReturnType<typeof enter>>;

async function enter(name: string, transport: Transport) {
  const stage = stages[name];
  if (!stage) throw new Error(`There is no stage ${name}.`);
  const ring = await createRing(stage.config);
  const plays = await ring.stage((director) => stage.prepare(director, transport));
  const play = (name: string, at: 0 | 1 = 0): Play => {
    const found = plays[name]?.[at];
    if (!found) throw new Error(`There is no call ${name}.`);
    return found;
  };
  return { ring, play };
}

const change = "password.change";
const pairs = [
  ["a password change and a logout with the same session (B18)", change, "auth.logout", 0],
  ["a password change and a logout everywhere (B18)", change, "auth.logout everywhere", 1],
  ["a password change and the end of all other sessions (B19)", change, "auth.revokeOtherSessions", 1],
  ["two that end all other sessions (B19)", "auth.revokeOtherSessions", "auth.revokeOtherSessions", 1],
  ["two that end each other's session (B19)", "auth.revokeSession of the other", "auth.revokeSession of the other", 1],
  ["a link that is being minted and an undone change (B23)", "mint confirm_email_change", "user.undoEmailChange", 1],
  ["a link that is being minted and a deletion (B23)", "mint reset_password", "user.delete", 1],
  [
    "a confirmed address and its registration (B24)",
    "user.confirmEmailChange",
    "registration.register of the new address",
    1,
  ],
  [
    "an undone change and a registration of the old address (B24)",
    "user.undoEmailChange",
    "registration.register of the old address",
    1,
  ],
  [
    "a new address and a change that keeps the session (B25)",
    "user.requestEmailChange",
    "password.change keeping others",
    1,
  ],
  ["a password that is given again and a confirmed address (B25)", "auth.reauthenticate", "user.confirmEmailChange", 0],
  ["a password that is given again and its change (B25)", "auth.reauthenticate", change, 1],
] as const;

const stops: Effort = { seed: 1, orders: null };

describe.each(["cookie", "bearer"] as const)("by %s, stopped anywhere,", (transport) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await enter("settled", transport);
  });
  afterAll(() => scene.ring.close());

  test.each(pairs)("%s come to what one after the other comes to", async (name, one, other, at) => {
    const { ring, play } = scene;
    const { faults } = await createExplorer(ring)({ name, plays: [play(one), play(other, at)] }, stops);
    expect(faults).toEqual([]);
  });
});

describe("in one scene", () => {
  const open: Ring[] = [];
  const entered = async (name: string) => {
    const scene = await enter(name, "cookie");
    open.push(scene.ring);
    return scene;
  };
  afterEach(async () => {
    for (const ring of open.splice(0)) await ring.close();
  });

  test.each([
    ["unverified", "registration.verifyEmail", "registration.verifyEmail"],
    ["unverified", "registration.verifyEmail", "social.login vouched"],
    ["contested", "password.reset", "social.login vouched"],
  ] as const)("%s: %s and %s within one millisecond tell once that the address is verified (B21)", async (...names) => {
    const [stage, one, other] = names;
    const { ring, play } = await entered(stage);
    const plays = [play(one), play(other)] as const;
    for (const rest of ["A", "B"] as const) {
      const { outcome } = await ring.play(plays, { prefix: "", rest }, true);
      expect(outcome.rows.audit_events?.filter((row) => /"at":"now".*"user\.verified"/.test(row))).toHaveLength(1);
    }
    expect((await createExplorer(ring)({ name: "verified twice", plays }, stops)).faults).toEqual([]);
  });

  test.each([
    ["settled", "password.reset", null],
    ["unverified", "registration.verifyEmail", "ALREADY_VERIFIED"],
  ] as const)("%s: %s in the very millisecond of a verification does not tell it again (B21)", async (...row) => {
    const [stage, name, reason] = row;
    const { ring, play } = await entered(stage);
    const verified: Play = async (app) => {
      await app.sql(`update keywright.users set email_verified_at = '${app.keywright.deps.now().toISOString()}'`);
      return await play(name)(app);
    };
    const { outcome } = await ring.play([verified, null], { prefix: "", rest: "A" }, true);
    expect(outcome.reasons).toEqual([reason, null]);
    expect(outcome.rows.audit_events?.filter((row) => /"at":"now".*"user\.verified"/.test(row))).toEqual([]);
  });

  test("of two logins that meet an archived account one restores it (B22)", async () => {
    const { ring, play } = await entered("archived");
    const plays = [play("auth.login"), play("auth.login")] as const;
    expect((await createExplorer(ring)({ name: "two logins", plays }, stops)).faults).toEqual([]);
  });

  test("a login that a password change has overtaken is recorded as failed (B25)", async () => {
    const { ring, play } = await entered("settled");
    const { outcome } = await ring.play([play("auth.login"), play(change)], { prefix: "A", rest: "B" });
    expect(outcome.reasons).toEqual(["INVALID_CREDENTIALS", null]);
    expect(outcome.rows.audit_events?.filter((row) => row.includes('"login.failed"'))).toHaveLength(1);
  });

  test("a right password is right, whatever else of the account changes meanwhile (B25)", async () => {
    const { ring, play } = await entered("settled");
    const plays = [play("auth.reauthenticate"), play("user.confirmEmailChange")] as const;
    const { sent } = await ring.play([plays[0], null], { prefix: "", rest: "A" });
    for (let stop = 1; stop < sent[0].filter(({ isStep }) => isStep).length; stop++) {
      const { outcome } = await ring.play(plays, { prefix: "A".repeat(stop), rest: "B" });
      expect([stop, ...outcome.reasons]).toEqual([stop, null, null]);
    }
  });

  test("a directory's person whose account is just being deleted gets a new one (B25)", async () => {
    const { ring, play } = await entered("unverified");
    const plays = [play("provideUser"), play("housekeeping")] as const;
    const { outcome } = await ring.play(plays, { prefix: "A", rest: "B" });
    expect(outcome.answers[0]).toContain("ada@example.com");
  });

  test("a username that is chosen with a free address and with a taken one is taken by the first (B20)", async () => {
    const { ring, play } = await entered("freeMandatory");
    const plays = [play("registration.register"), play("registration.register of a taken address")] as const;
    expect((await createExplorer(ring)({ name: "one username", plays }, stops)).faults).toEqual([]);
  });

  describe.each(["free", "freeMandatory"] as const)(
    "a registration of a name that comes and goes, %s (B20)",
    (stage) => {
      /** The holder takes the name back and lets it go again, so often. */
      async function register(times: number) {
        const { ring, play } = await entered(stage);
        const away = play("user.update away");
        const back = play("user.update back");
        const holder: Play = async (app) => {
          for (let time = 0; time < times; time++) {
            await back(app);
            await away(app);
          }
          return { reason: null, body: null, cookie: "none" };
        };
        const newcomer = calling("registration.register", {
          input: { email: "other@example.com", username: "eve", password },
        });
        const stepsOf = async (play: Play) =>
          (await ring.play([play, null], { prefix: "", rest: "A" })).sent[0].filter(({ isStep }) => isStep);
        const [mine, renaming] = [await stepsOf(newcomer), "B".repeat((await stepsOf(back)).length)];
        const looks = "A".repeat(mine.findIndex(({ text }) => text.startsWith('insert into "keywright"."users"')));
        // The name is looked up, then taken back, met by the insert, let go, and looked up again.
        const prefix = looks + `${renaming}A${renaming}A`.repeat(times);
        const { outcome } = await ring.play([newcomer, holder], { prefix, rest: "A" });
        const isThere = (outcome.rows.users ?? []).some((row) => row.includes("other@example.com"));
        const mails = (outcome.rows.outbox ?? []).filter((row) => row.includes("other@example.com"));
        return { reason: outcome.reasons[0], isThere, mails: mails.length };
      }

      test("succeeds, with its account and its mail", async () => {
        expect(await register(1)).toEqual({ reason: null, isThere: true, mails: 1 });
      });

      test("is refused for now if that does not cease, and nobody is mailed about no account", async () => {
        const end = await register(3);
        // Where the address must be verified first, the name is locked before it is looked up, and the turns differ.
        const refused = { reason: "UNAVAILABLE", isThere: false, mails: 0 };
        expect(stage === "free" || !end.isThere ? refused : { reason: null, isThere: true, mails: 1 }).toEqual(end);
      });
    },
  );
});
