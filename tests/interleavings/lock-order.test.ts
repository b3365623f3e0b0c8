import { authRouters } from "@keywright/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disorderOf, lockedBy, lockOrder, transactionsOf } from "./locks.js";
import { createRing, type Ring } from "./ring.js";
import type { Plays } from "./stage.js";
import { stages } from "./stages.js";

/** The procedures that were played, by any stage. */
const played = new Set<string>();
/** The tables that were locked in any transaction. */
const locked = new Set<string>();

describe.each(Object.entries(stages))("%s", (_name, stage) => {
  let ring: Ring;
  let plays: Record<string, Plays>;
  beforeAll(async () => {
    ring = await createRing(stage.config);
    plays = await ring.stage((director) => stage.prepare(director, "bearer"));
  });
  afterAll(() => ring.close());

  test("B7: every transaction of every call locks tables in the one order", async () => {
    const faults: string[] = [];
    for (const [name, [play]] of Object.entries(plays)) {
      const { sent } = await ring.play([play, null], { prefix: "", rest: "A" });
      played.add(name.split(" ")[0] ?? "");
      for (const transaction of transactionsOf(sent[0])) {
        for (const table of transaction.flatMap(lockedBy)) locked.add(table);
        const disorder = disorderOf(transaction);
        if (disorder !== null) faults.push(`${name}: ${disorder}`);
      }
    }
    expect(faults).toEqual([]);
  });
});

test("every mutation has been among them, and every table of the order", () => {
  const mutations = Object.entries(authRouters).flatMap(([group, router]) =>
    Object.entries(router).flatMap(([name, procedure]) =>
      procedure._def.type === "mutation" ? [`${group}.${name}`] : [],
    ),
  );
  expect(mutations.filter((name) => !played.has(name))).toEqual([]);
  expect(lockOrder.filter((table) => !locked.has(table))).toEqual(["social_flows"]);
});

describe("the reading of statements", () => {
  test("finds what is written, and what is locked by a select, and whose account it is", () => {
    const locking =
      'with "a" as (select "id" from "keywright"."users" where x in (select 1 from "keywright"."secrets") for no key update)';
    expect(lockedBy(`${locking} delete from "keywright"."secrets"`).toSorted()).toEqual(["secrets", "users"]);
    expect(lockedBy('insert into "keywright"."sessions" values (1)')).toEqual(["users", "sessions"]);
    expect(lockedBy('select 1 from "keywright"."users"')).toEqual([]);
  });

  test("finds a transaction that locks the other way round, or counts", () => {
    const [users, sessions] = ['update "keywright"."users"', 'delete from "keywright"."sessions"'];
    expect(disorderOf([users, sessions, users])).toBeNull();
    expect(disorderOf([sessions, users])).toContain("users is locked after sessions");
    expect(disorderOf(['update "keywright"."rate_limits"'])).toContain("rate_limits has no place");
  });
});
