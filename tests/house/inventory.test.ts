import { authRouters, credentialProcedure, currentProcedure, publicProcedure, refusedWith } from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { expect, test } from "vitest";
import { z } from "zod";
import { inventory } from "./inventory.js";

const done = z.strictObject({});
const strict = z.strictObject({ id: z.string() });

test("the house has every procedure declare access, strict input, bounded output, reasons and limit", async () => {
  const all = await inventory(authRouters);
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter(({ faults }) => faults.length > 0)).toEqual([]);
});

test("each class of limit and each access has its procedures", async () => {
  const all = await inventory(authRouters);
  const paths = (limit: string) => all.filter((one) => one.limit === limit).map(({ path }) => path);
  expect(paths("guesses")).toEqual([
    "auth.login",
    "auth.reauthenticate",
    "password.change",
    "user.requestEmailChange",
    "user.archive",
    "user.delete",
  ]);
  expect(paths("changes")).toEqual([
    "auth.revokeSession",
    "auth.revokeOtherSessions",
    "user.update",
    "user.export",
    "social.connect",
    "social.disconnect",
  ]);
  expect(paths("ends its session")).toEqual(["auth.logout"]);
  const queries = all.filter(({ type }) => type === "query").map(({ path }) => path);
  expect(paths("reads")).toEqual(queries);
  const fresh = all.filter(({ access }) => access === "fresh").map(({ path }) => path);
  expect(fresh).toEqual(["user.export", "social.connect", "social.disconnect"]);
});

const foreign = initTRPC.create().procedure;
const counted = credentialProcedure("tokenCallsPerIp");

test.each([
  [
    "a procedure of another root",
    foreign
      .input(strict)
      .output(done)
      .query(() => ({})),
    "who may call",
  ],
  [
    "a mutation that is not counted",
    publicProcedure
      .input(strict)
      .output(done)
      .mutation(() => ({})),
    "not counted",
  ],
  [
    "a mutation of signed-in callers that is not counted",
    currentProcedure
      .input(strict)
      .output(done)
      .mutation(() => ({})),
    "not counted",
  ],
  ["a mutation without an input", counted.output(done).mutation(() => ({})), "has no input"],
  [
    "a loose input",
    counted
      .input(z.object({ id: z.string() }))
      .output(done)
      .mutation(() => ({})),
    "input accepts",
  ],
  [
    "a loose object within a strict one",
    counted
      .input(z.strictObject({ a: z.object({}) }))
      .output(done)
      .mutation(() => ({})),
    "input.a accepts",
  ],
  [
    "an input of anything",
    counted
      .input(z.strictObject({ a: z.unknown() }))
      .output(done)
      .mutation(() => ({})),
    "input.a accepts",
  ],
  ["no output", counted.input(strict).mutation(() => ({})), "has no .output()"],
  ["a list without a bound", publicProcedure.output(z.array(z.string())).query(() => []), "output has no bound"],
  [
    "such a list within an answer",
    publicProcedure.output(z.strictObject({ list: z.array(z.string()) }).nullable()).query(() => null),
    "output.list has no bound",
  ],
  ["a record", publicProcedure.output(z.record(z.string(), z.string())).query(() => ({})), "output has no bound"],
  [
    "no reasons",
    foreign
      .input(strict)
      .output(done)
      .query(() => ({})),
    "declares no reasons",
  ],
  [
    "an access that the reasons do not show",
    publicProcedure
      .meta({ keywright: { access: "fresh", limit: "reads" } })
      .output(done)
      .query(() => ({})),
    "without REAUTHENTICATION_REQUIRED",
  ],
])("a new procedure with %s is found", async (_name, procedure, complaint) => {
  const [found] = await inventory({ made: { up: procedure } });
  expect(found?.faults).toEqual(expect.arrayContaining([expect.stringContaining(complaint)]));
});

test("a new procedure that declares everything is left alone", async () => {
  const answer = z.strictObject({ list: z.array(z.strictObject({ at: z.date() })).max(3) });
  const whole = counted
    .errors(refusedWith("TOKEN_INVALID"))
    .input(strict)
    .output(answer)
    .mutation(() => ({ list: [] }));
  expect((await inventory({ made: { whole } })).map(({ faults }) => faults)).toEqual([[]]);
});
