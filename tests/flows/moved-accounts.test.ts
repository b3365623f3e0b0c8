import crypto from "node:crypto";
import util from "node:util";
import type { PasswordHasher } from "@keywright/api";
import * as api from "@keywright/api";
import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { pageOf, runSample, samplesOf } from "../support/samples.js";

const page = pageOf("docs/moving.md");

/** Made by Python's `hashlib`, of "lètmein": 1000 rounds over the salt "seasalt". */
const djangoHash = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ passwordHasher: await shownHasher() });
  await app.sql(`create table auth_user (id int, username text, email text, password text, first_name text,
    last_name text, is_active boolean, date_joined timestamptz, last_login timestamptz)`);
  await app.sql("create table account_emailaddress (user_id int, email text, verified boolean)");
  await app.sql(`insert into auth_user values
    (1, 'Ada', 'Ada@Example.com', '${djangoHash}', 'Ada', 'Lovelace', true, '2020-01-02T03:04:05Z', '2024-05-06T07:08:09Z'),
    (2, 'bob@example.com', 'bob@example.com', '!unusable', '', '', true, '2021-01-01T00:00:00Z', null),
    (3, 'eve', '', '${djangoHash}', '', '', false, '2021-01-01T00:00:00Z', null)`);
  await app.sql("insert into account_emailaddress values (1, 'ada@example.com', true), (2, 'bob@example.com', false)");
  const [, statements = ""] = /^```sql\n([\s\S]*?)^```/m.exec(page) ?? [];
  for (const statement of statements.split(/;\n/)) if (statement.trim()) await app.sql(statement);
});
afterAll(() => app.close());

describe("accounts that come from Django", () => {
  test("Ada signs in with the password that she has had, and her hash is made anew", async () => {
    const wrong = app.visitor().auth.login.mutate({ login: "ada", password: "letmein" });
    expect(reasonOf(await refusal(wrong))).toBe("INVALID_CREDENTIALS");
    for (const name of [{ login: "ada" }, { email: "ada@example.com" }]) {
      const { user } = await app.visitor().auth.login.mutate({ ...name, password: "lètmein" });
      expect(user).toMatchObject({
        username: "Ada",
        email: "Ada@Example.com",
        emailVerified: true,
        firstName: "Ada",
        lastName: "Lovelace",
        createdAt: new Date("2020-01-02T03:04:05Z"),
      });
    }
    const [row] = await app.sql(
      "select hash from keywright.passwords join keywright.users on users.id = user_id where username = 'Ada'",
    );
    expect(row?.hash).toMatch(/^\$kw1\$/);
  });

  test("Bob, who never had a password or a username that fits, gets a link to choose one", async () => {
    await app.visitor().password.requestReset.mutate({ email: "bob@example.com" });
    const token = await app.tokenFromMail("bob@example.com");
    await app.visitor().password.set.mutate({ token, newPassword: "battery staple" });
    const { user } = await app.visitor().auth.login.mutate({ email: "bob@example.com", password: "battery staple" });
    expect(user).toMatchObject({ username: null, emailVerified: true });
  });

  test("Eve, who was disabled, still is", async () => {
    const login = app.visitor().auth.login.mutate({ username: "eve", password: "lètmein" });
    expect(reasonOf(await refusal(login))).toBe("ACCOUNT_DISABLED");
  });
});

/** As the page about extending shows it. */
async function shownHasher(): Promise<PasswordHasher> {
  const sample = samplesOf(pageOf("docs/extending.md")).find((text) => text.includes("djangoHashes")) ?? "";
  const modules = { "node:crypto": crypto, "node:util": util, "@keywright/api": api };
  const makes = z.object({ djangoHashes: z.custom<() => Promise<PasswordHasher>>() });
  return await makes.parse(runSample(sample, modules)).djangoHashes();
}
