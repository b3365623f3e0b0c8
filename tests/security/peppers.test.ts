import { randomBytes } from "node:crypto";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { refusal } from "../support/refusal.js";

const [first = "", second = "", third = ""] = [1, 2, 3].map(() => randomBytes(32).toString("base64"));

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ password: { pepper: first } });
});
afterAll(() => app.close());

/** Another instance on the same database, for as long as `work` takes. */
async function withPeppers<T>(password: TestConfig["password"], work: (instance: TestApp) => Promise<T>): Promise<T> {
  const instance = await createTestApp({ password }, app.database);
  try {
    return await work(instance);
  } finally {
    await instance.close();
  }
}

async function faultOf(password: TestConfig["password"]): Promise<string> {
  return await withPeppers(password, async () => "").catch((error: unknown) => String(error));
}

const hashOf = async (email: string) =>
  String(
    (
      await app.sql(
        `select hash from keywright.passwords join keywright.users on id = user_id where email = '${email}'`,
      )
    )[0]?.hash,
  );
const idIn = (hash: string) => hash.split("$")[2] ?? "";

test("a person whose pepper was replaced twice signs in, and the hash is renewed then (A6)", async () => {
  const ada = await app.addUser();
  const before = await hashOf(ada.email);
  const now = { pepper: third, previousPeppers: [second, first] };
  await withPeppers(now, async (instance) => {
    expect(reasonOf(await refusal(instance.signedIn({ ...ada, password: "wrong horse" })))).toBe("INVALID_CREDENTIALS");
    expect(await hashOf(ada.email)).toBe(before);
    await instance.signedIn(ada);
    expect(idIn(await hashOf(ada.email))).not.toBe(idIn(before));
    const renewed = await hashOf(ada.email);
    await instance.signedIn(ada);
    expect(await hashOf(ada.email)).toBe(renewed);
  });
});

test("a pepper that is in use and not configured stops the start, whether it was changed or left out (A6)", async () => {
  const ada = await app.addUser();
  const id = idIn(await hashOf(ada.email));
  for (const password of [{ pepper: second }, {}, { pepper: second, lostPeppers: ["AAAAAAAA"] }]) {
    const fault = await faultOf({ ...password, previousPeppers: [third] });
    expect(fault).toMatch(/^Error: Stored passwords need a pepper .*previousPeppers.*KEYWRIGHT_PEPPERS_PREVIOUS.*\.$/);
    expect(fault).toContain(id);
    for (const pepper of [first, second, third]) expect(fault).not.toContain(pepper);
  }
  // The other instances are not disturbed.
  await app.signedIn(ada);
});

test("a lost pepper is logged once; its accounts are refused at the cost of a wrong password, and can reset (A6)", async () => {
  const [ada, grace] = [await app.addUser(), await app.addUser()];
  const lost = { pepper: second, previousPeppers: [third], lostPeppers: [idIn(await hashOf(ada.email))] };
  await withPeppers(lost, async (instance) => {
    for (const { email, password } of [ada, grace]) {
      const cost = await instance.costOf(async () => {
        expect(reasonOf(await refusal(instance.visitor().auth.login.mutate({ email, password })))).toBe(
          "INVALID_CREDENTIALS",
        );
      });
      const unknown = await instance.costOf(() =>
        refusal(instance.visitor().auth.login.mutate({ email: "nobody@example.com", password })),
      );
      expect(cost).toEqual(unknown);
    }
    expect(instance.logs.filter(({ message }) => message.includes("pepper"))).toEqual([
      { level: "warn", message: expect.stringContaining(lost.lostPeppers[0] ?? "") },
    ]);
    await instance.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await instance.tokenFromMail(ada.email);
    await instance.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
    await instance.signedIn({ ...ada, password: "battery staple" });
  });
});

test("a database with plain passwords takes a pepper, and gives it up again (A6)", async () => {
  const plain = await createTestApp();
  const ada = await plain.addUser();
  const peppered = await createTestApp({ password: { pepper: first } }, plain.database);
  await peppered.signedIn(ada);
  expect(await createTestApp({}, plain.database).catch((error: unknown) => String(error))).toContain("previousPeppers");
  const without = await createTestApp({ password: { previousPeppers: [first] } }, plain.database);
  await without.signedIn(ada);
  const again = await createTestApp({}, plain.database);
  await again.signedIn(ada);
  for (const instance of [again, without, peppered, plain]) await instance.close();
});
