import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalIn } from "../support/answers.js";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

test.each(["password.requestReset", "registration.resendVerification"])(
  "a visitor who leaves the address out of %s is told that it is missing, not that it is none",
  async (path) => {
    const faultsAt = async (input: object) => (await refusalIn(await app.post(path, input))).data.fields;
    expect(await faultsAt({})).toMatchObject({ email: [{ reason: "REQUIRED" }] });
    for (const email of ["ada", "", 1, null]) {
      expect(await faultsAt({ email })).toMatchObject({ email: [{ reason: "INVALID_EMAIL" }] });
    }
  },
);
