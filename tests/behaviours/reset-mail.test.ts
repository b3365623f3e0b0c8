import type { Mail, MailToRender } from "@keywright/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, testSecret } from "../support/app.js";

let app: TestApp;
let elsewhere: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  elsewhere = await createTestApp();
});
afterAll(async () => {
  await elsewhere.close();
  await app.close();
});

test("an app writes the reset mail in its own words, and leaves the others to the built-in ones", async () => {
  const rendered: MailToRender[] = [];
  const own = await createTestApp(
    {
      appUrl: "https://front.example",
      mail: { appName: "Analytical Engines", language: "de" },
      renderMail: (mail) => {
        rendered.push(mail);
        if (mail.kind !== "reset_password") return null;
        return { subject: `${mail.appName} (${mail.language})`, text: `Here: ${mail.link}`, html: "<p>Here</p>" };
      },
    },
    app.database,
  );
  const ada = await own.addUser();
  rendered.length = 0;
  const headers = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
  await own.visitor({ ip: "203.0.113.7", headers }).password.requestReset.mutate({ email: ada.email });
  const mail = await own.mailTo(ada.email);
  expect(mail.subject).toBe("Analytical Engines (de)");
  expect(mail.text).toMatch(/^Here: https:\/\/front\.example\/reset-password\?token=kwo_[\w-]+$/);
  expect(rendered).toEqual([
    {
      kind: "reset_password",
      language: "de",
      appName: "Analytical Engines",
      to: ada.email,
      link: mail.links[0],
      code: null,
      validMinutes: 60,
      at: expect.any(Date),
      ip: "203.0.113.7",
      device: "Firefox, Linux",
    },
  ]);
  const token = await own.tokenFromMail(ada.email);
  await own.visitor().password.reset.mutate({ token, newPassword: "battery staple" });
  expect((await own.mailTo(ada.email)).subject).toContain("Passwort");
  await own.close();
});

test("a user is not told that the mail server is away; the log is, and the mail comes later", async () => {
  const sent: Mail[] = [];
  let isAway = true;
  const send = async (mail: Mail) => {
    if (isAway) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    sent.push(mail);
  };
  const ada = await app.addUser();
  const unlucky = await createTestApp({ mailer: { send, close: async () => {} } }, app.database);
  const response = await unlucky.post("password.requestReset", { email: ada.email });
  expect([response.status, await response.text()]).toEqual([200, '{"result":{"data":{"json":{}}}}']);
  await unlucky.keywright.deliverMail();
  expect(unlucky.logs).toEqual([
    expect.objectContaining({ level: "warn", error: expect.objectContaining({ code: "ECONNREFUSED" }) }),
  ]);
  expect(JSON.stringify(unlucky.logs)).not.toContain(ada.email);
  expect(
    await unlucky.sql(
      "select status, failures from keywright.outbox where kind = 'reset_password' and status = 'pending'",
    ),
  ).toEqual([{ status: "pending", failures: 1 }]);
  isAway = false;
  unlucky.travel(10_000);
  await unlucky.keywright.deliverMail();
  expect(sent.map(({ to }) => to)).toEqual([ada.email]);
  await unlucky.close();
});

test("a link of another site opens nothing here, whether or not its secret is ours", async () => {
  for (const secret of [testSecret, "the secret of quite another site, long enough"]) {
    const other = await createTestApp({ secret }, elsewhere.database);
    const ada = await other.addUser();
    const own = await app.addUser({ email: `own-${ada.email}`, username: `own-${ada.username}` });
    await other.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await other.tokenFromMail(ada.email);
    const input = { token, newPassword: "battery staple" };
    const response = await app.post("password.reset", input);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('"reason":"TOKEN_INVALID"');
    await app.signedIn(own);
    expect((await other.post("password.reset", input)).status).toBe(200);
    await other.close();
  }
});
