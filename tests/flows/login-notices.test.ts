import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser, type Visit } from "../support/app.js";
import { mailedToken, subjectsTo } from "../support/mailed.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let mandatory: TestApp;
let quiet: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  mandatory = await createTestApp({ registration: { verification: "mandatory" } }, app.database);
  quiet = await createTestApp({ mail: { signInNotices: false } }, app.database);
});
afterAll(async () => {
  await quiet.close();
  await mandatory.close();
  await app.close();
});

const phone: Visit = { transport: "bearer", ip: "203.0.113.9", headers: { "user-agent": "Phone/1" } };
const laptop: Visit = { ip: "198.51.100.7", headers: { "user-agent": "Laptop/1" } };

async function noticesTo({ email }: TestUser): Promise<number> {
  return (await subjectsTo(app, email)).filter((subject) => subject.startsWith("New sign-in")).length;
}

describe("the notice of a new sign-in", () => {
  test.each([
    ["cookie", laptop],
    ["bearer", phone],
  ])("I am told when a device is new, by %s", async (_transport, visit) => {
    const ada = await app.addUser();
    await app.signedIn(ada, visit);
    expect(await noticesTo(ada)).toBe(1);
    const mail = await app.mailTo(ada.email);
    expect(mail.text).toContain(visit.ip);
  });

  test("a phone that is signed in already is known at its address, and no other is", async () => {
    const ada = await app.addUser();
    await app.signedIn(ada, phone);
    await app.signedIn(ada, phone);
    expect(await noticesTo(ada)).toBe(1);
    await app.signedIn(ada, { ...phone, ip: "203.0.113.10" });
    expect(await noticesTo(ada)).toBe(2);
    await app.signedIn(ada, { ...phone, headers: { "user-agent": "Phone/2" } });
    expect(await noticesTo(ada)).toBe(3);
  });

  test("a browser is known by its own mark, also after I signed out", async () => {
    const ada = await app.addUser();
    const browser = await app.signedIn(ada, laptop);
    await browser.auth.logout.mutate({});
    await browser.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(await noticesTo(ada)).toBe(1);
  });

  test("somebody else's browser is not known for my account", async () => {
    const [ada, bob] = [await app.addUser(), await app.addUser()];
    const browser = await app.signedIn(bob, laptop);
    await browser.auth.login.mutate({ email: ada.email, password: ada.password });
    expect(await noticesTo(ada)).toBe(1);
  });
});

describe("what is no news", () => {
  test("the first login of all is not told", async () => {
    const ada = { email: "first@example.com", username: "first", password: "correct horse" };
    await mandatory.visitor().registration.register.mutate(ada);
    const token = await mailedToken(mandatory, ada.email, "/verify-email");
    await mandatory.visitor().registration.verifyEmail.mutate({ token });
    await mandatory.signedIn(ada, laptop);
    expect(await noticesTo(ada)).toBe(0);
    await mandatory.signedIn(ada, phone);
    expect(await noticesTo(ada)).toBe(1);
  });

  test("nobody is told whose mailbox was never proved", async () => {
    const ada = { email: "unproved@example.com", username: "unproved", password: "correct horse" };
    await app.visitor().registration.register.mutate(ada);
    await app.signedIn(ada, laptop);
    expect(await noticesTo(ada)).toBe(0);
  });

  test("a wrong password is not told", async () => {
    const ada = await app.addUser();
    await refusal(app.visitor(laptop).auth.login.mutate({ email: ada.email, password: "wrong horse" }));
    expect(await noticesTo(ada)).toBe(0);
  });

  test("nobody is told where the app does not want it", async () => {
    const ada = await app.addUser();
    await quiet.signedIn(ada, laptop);
    expect(await noticesTo(ada)).toBe(0);
  });

  test("an account that comes back tells that instead", async () => {
    const ada = await app.addUser();
    await (await app.signedIn(ada, phone)).user.archive.mutate({ password: ada.password });
    await app.signedIn(ada, laptop);
    expect(await noticesTo(ada)).toBe(1);
    expect(await subjectsTo(app, ada.email)).toContainEqual(expect.stringMatching(/active again/));
  });
});
