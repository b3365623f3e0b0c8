import { expect, test } from "vitest";
import { isForDevelopment } from "../../apps/server/src/development-sign-in.js";
import { readConfig } from "../../packages/api/src/operator/config.js";

const offered = (environment: Record<string, string>, publicUrl = "http://localhost:3000") => {
  return isForDevelopment(readConfig(environment), publicUrl);
};

test("without settings, social sign-in can be tried", () => {
  expect(offered({})).toBe(true);
  expect(offered({ DATABASE_URL: "pglite:elsewhere", HOST: "::1" }, "http://127.0.0.1:1")).toBe(true);
});

test.each([
  ["where other machines can reach it", { HOST: "0.0.0.0" }, undefined],
  ["on a real database", { DATABASE_URL: "postgres://localhost/app" }, undefined],
  ["behind a public address", {}, "https://app.example.com"],
  ["behind a name that only looks local", {}, "http://localhost.example.com"],
])("nobody can be whoever they like %s", (_where, environment, publicUrl) => {
  expect(offered(environment, publicUrl)).toBe(false);
});
