import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
let moved: TestApp;
let phone: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  const appUrl = "https://www.example.com";
  const paths = { verify_email: "/account/activate", reset_password: "/account/reset?lang=en" };
  moved = await createTestApp({ appUrl, mail: { paths } }, app.database);
  phone = await createTestApp(
    { appUrl, buildLink: ({ page, token, appUrl }) => `myapp://${appUrl.host}/${page}#${token}` },
    app.database,
  );
});
afterAll(async () => {
  await phone.close();
  await moved.close();
  await app.close();
});

describe("a mailed link", () => {
  test("opens the pages that the front end has had before", async () => {
    const email = "moved@example.com";
    await moved.visitor().registration.register.mutate({ email, password: "correct horse" });
    const verify = new URL((await moved.mailTo(email)).links[0] ?? "");
    expect(`${verify.origin}${verify.pathname}`).toBe("https://www.example.com/account/activate");
    await moved.visitor().registration.verifyEmail.mutate({ token: verify.searchParams.get("token") ?? "" });
    await moved.visitor().password.requestReset.mutate({ email });
    const reset = new URL((await moved.mailTo(email)).links[0] ?? "");
    expect(reset.pathname).toBe("/account/reset");
    expect(reset.searchParams.get("lang")).toBe("en");
    expect(reset.searchParams.get("token")).toMatch(/^kwo_/);
  });

  test("has the app's own form where the app builds it", async () => {
    const email = "phone-link@example.com";
    await phone.visitor().registration.register.mutate({ email, password: "correct horse" });
    const [link = ""] = (await phone.mailTo(email)).links;
    expect(link).toMatch(/^myapp:\/\/www\.example\.com\/verify_email#kwo_/);
    const [, token = ""] = link.split("#");
    expect(await phone.visitor().registration.verifyEmail.mutate({ token })).toEqual({ status: "verified" });
  });
});
