import { afterAll, beforeAll, expect, test } from "vitest";
import { reasonOf } from "@keywright/client";
import { createTestApp, type TestApp } from "../support/app.js";
let one: TestApp; let two: TestApp;
beforeAll(async () => { one = await createTestApp(); two = await createTestApp({}, one.database); });
afterAll(async () => { await two.close(); await one.close(); });
test("two mints", async () => {
  let both = 0;
  for (let i = 0; i < 10; i++) {
    const ada = await one.addUser();
    const { mailQueued } = one.keywright.deps; one.keywright.deps.mailQueued = () => {};
    await one.visitor().password.requestReset.mutate({ email: ada.email });
    await one.visitor().password.requestReset.mutate({ email: ada.email });
    one.keywright.deps.mailQueued = mailQueued;
    await Promise.all([one.keywright.deliverMail(), two.keywright.deliverMail()]);
    const rows = await one.sql(`select hash from secrets s join users u on u.id = s.user_id where email_key = '${ada.email}'`);
    if (rows.length > 1) both++;
  }
  console.log("TWO LIVE SECRETS in", both, "of 10");
}, 60000);
test("storm", async () => {
  const bad = new Map<string, number>();
  for (let round = 0; round < 6; round++) {
    const ada = await one.addUser();
    const cookies: string[] = []; const refresh: string[] = [];
    for (let i = 0; i < 6; i++) {
      const r = await one.post("auth.login", { email: ada.email, password: ada.password });
      cookies.push(r.headers.getSetCookie()[0]?.split(";")[0] ?? "");
      const b = await (await one.post("auth.login", { email: ada.email, password: ada.password }, { "keywright-transport": "bearer" })).json();
      refresh.push(b.result.data.json.tokens.refreshToken);
    }
    await one.visitor().password.requestReset.mutate({ email: ada.email });
    const token = await one.tokenFromMail(ada.email);
    const o = { origin: "http://localhost:3000" };
    const jobs: Promise<Response>[] = [];
    const t0 = Date.now();
    for (let i = 0; i < 6; i++) {
      const app = i % 2 ? one : two;
      jobs.push(app.post("auth.logout", { everywhere: true }, { ...o, cookie: cookies[i] ?? "" }));
      jobs.push(app.post("auth.login", { email: ada.email, password: ada.password }, { ...o, cookie: cookies[(i + 1) % 6] ?? "" }));
      jobs.push(app.post("auth.refreshToken", { refreshToken: refresh[i] }));
      jobs.push(app.post("auth.revokeToken", { refreshToken: refresh[(i + 1) % 6] }));
      jobs.push(app.post("password.requestReset", { email: ada.email }));
      if (i === 2) jobs.push(app.post("password.reset", { token, newPassword: "battery staple" }));
    }
    jobs.push(one.keywright.deliverMail().then(() => new Response()), two.keywright.deliverMail().then(() => new Response()));
    for (const r of await Promise.all(jobs)) {
      const t = await r.text(); const reason = t ? (JSON.parse(t).error?.json?.data?.reason ?? "ok") : "ok";
      bad.set(`${reason}`, (bad.get(reason) ?? 0) + 1);
    }
    console.log("round", Date.now() - t0);
  }
  console.log("STORM", JSON.stringify([...bad]), JSON.stringify(one.logs.concat(two.logs).map((l) => [l.message, l.error?.code])));
}, 120000);
test("timing of cost", async () => {
  const { deps } = one.keywright;
  void deps; void reasonOf; expect(1).toBe(1);
});
