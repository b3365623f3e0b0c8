import { createKeywright, github, google, openIdConnect } from "@keywright/api";
import { describe, expect, test } from "vitest";
import { publicUrl, testSecret } from "../support/app.js";

const ours = { clientId: "any", clientSecret: "any" };

describe("who somebody is", () => {
  test.each([
    "credential",
    "local",
    "password",
    "email",
    "keywright",
    "google",
    "github",
    "Pine",
    "a b",
    "",
    "../x",
    "x".repeat(33),
  ])("OAU-22: cannot be blurred by a provider with the id %o", async (id) => {
    const providers = [
      openIdConnect({ id, name: "Any", issuer: "https://pine.example", clientId: "any", clientSecret: "any" }),
    ];
    await expect(refusedConfig(providers)).rejects.toThrow(/provider/i);
  });

  test("OAU-22: cannot be blurred by two providers with one id", async () => {
    const twice = [google(ours), github({ id: "google", ...ours })];
    await expect(refusedConfig(twice)).rejects.toThrow("Two providers have the id `google`.");
  });
});

function refusedConfig(providers: ReturnType<typeof google>[]) {
  const mailer = { send: async () => {}, close: async () => {} };
  return createKeywright({ secret: testSecret, publicUrl, database: "postgres://127.0.0.1:1/none", mailer, providers });
}
