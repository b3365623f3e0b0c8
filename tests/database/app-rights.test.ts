import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { pageOf } from "../support/samples.js";

const role = `shop_${Date.now()}`;
const [invoices = "", grants = ""] = [...pageOf("docs/database.md").matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(
  ([, sql = ""]) => sql,
);

let app: TestApp;
let owner: postgres.Sql;
let shop: postgres.Sql;
beforeAll(async () => {
  app = await createTestApp();
  const url = new URL(app.database.url ?? "");
  owner = postgres(url.href, { max: 1, onnotice: () => {} });
  await owner.unsafe(`create role ${role} login; grant create on schema public to ${role}`);
  url.username = role;
  shop = postgres(url.href, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await shop.end();
  await owner.unsafe(`drop owned by ${role} cascade; drop role ${role}`);
  await owner.end();
  await app.close();
});

test("an app's role that has what the guide grants refers to users and joins with them, and no more", async () => {
  expect(await refusal(shop.unsafe(invoices))).toMatchObject({ code: "42501" });
  await owner.unsafe(grants.replaceAll(/\bapp;/g, `${role};`));
  await shop.unsafe(invoices);
  const ada = await app.addUser();
  await shop`insert into invoices select gen_random_uuid(), id from keywright.users where username = ${ada.username}`;
  const joined = "select u.email from invoices i join keywright.users u on u.id = i.user_id";
  expect(await shop.unsafe(joined)).toEqual([{ email: ada.email }]);
  for (const statement of [
    "select * from keywright.users",
    "select hash from keywright.passwords",
    "update keywright.users set email = null",
    "delete from keywright.users",
  ]) {
    expect(await refusal(shop.unsafe(statement)), statement).toMatchObject({ code: "42501" });
  }
  const mine = await app.signedIn(ada);
  expect(await mine.user.delete.mutate({ password: ada.password })).toEqual({ outcome: "deleted" });
  expect(await shop`select id from invoices`).toEqual([]);
});
