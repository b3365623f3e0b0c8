import { expect, test } from "vitest";
import { createTestApp } from "../support/app.js";

test("A4: twenty sign-ins at once, with a password change among them, leave no more than the cap", async () => {
  const maxPerAccount = 5;
  const one = await createTestApp({ session: { maxPerAccount } });
  const two = await createTestApp({ session: { maxPerAccount } }, one.database);
  const ada = await one.addUser();
  const owner = `(select id from keywright.users where email_key = '${ada.email}')`;
  const rows = async (table: string, more = "") => {
    return (await one.sql(`select id from keywright.${table} where user_id = ${owner} ${more}`)).length;
  };
  for (let round = 0; round < 5; round++) {
    const signIns = Array.from({ length: 20 }, (_, index) => {
      const transport = index % 3 === 0 ? "bearer" : "cookie";
      return (index % 2 === 0 ? one : two).signedIn(ada, { transport });
    });
    await Promise.all(signIns);
    expect(await rows("sessions")).toBe(maxPerAccount);
  }
  // The registration's, and those of a hundred sign-ins.
  expect(await rows("audit_events", "and kind = 'session.ended'")).toBe(101 - maxPerAccount);
  const device = await one.signedIn(ada);
  const input = { currentPassword: ada.password, newPassword: "battery staple", keepOtherSessions: true };
  await Promise.allSettled([
    device.password.change.mutate(input),
    ...Array.from({ length: 20 }, () => two.signedIn(ada)),
  ]);
  expect(await rows("sessions")).toBeLessThanOrEqual(maxPerAccount);
  await two.close();
  await one.close();
}, 300_000);
