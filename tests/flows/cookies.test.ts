import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";

const dayMs = 86_400_000;

let app: TestApp;
let plain: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  plain = await createTestApp({ publicUrl: "http://192.0.2.7:3000" }, app.database);
});
afterAll(async () => {
  await plain.close();
  await app.close();
});

/** The attributes of each cookie of an answer, by the cookie's name. */
function cookiesOf(response: Response): Record<string, string[]> {
  const cookies = response.headers.getSetCookie().map((text) => text.split("; "));
  return Object.fromEntries(cookies.map(([pair = "", ...attributes]) => [pair.split("=")[0], attributes.toSorted()]));
}

function login(instance: TestApp, { email, password }: TestUser, remember = true): Promise<Response> {
  return instance.post("auth.login", { email, password, remember });
}

test("a browser gets both cookies with every attribute", async () => {
  const attributes = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"];
  expect(cookiesOf(await login(app, await app.addUser()))).toEqual({
    "__Host-keywright-session": ["HttpOnly", `Max-Age=${30 * 86_400}`, "Path=/", "SameSite=Lax", "Secure"],
    "__Host-keywright-device": ["HttpOnly", `Max-Age=${180 * 86_400}`, "Path=/", "SameSite=Lax", "Secure"],
  });
  const brief = cookiesOf(await login(app, await app.addUser(), false));
  expect(brief["__Host-keywright-session"]).toEqual(attributes);
});

test("a browser that signs out drops the session's cookie and keeps its mark", async () => {
  const ada = await app.addUser();
  const [session = ""] = (await login(app, ada)).headers.getSetCookie();
  const cookie = session.split(";")[0] ?? "";
  const cookies = cookiesOf(await app.post("auth.logout", {}, { cookie, origin: "https://localhost:3000" }));
  const attributes = ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"];
  expect(cookies).toEqual({ "__Host-keywright-session": attributes });
});

test("a browser on an address that it does not trust gets cookies that it keeps", async () => {
  expect(cookiesOf(await login(plain, await app.addUser()))).toEqual({
    "keywright-session": ["HttpOnly", `Max-Age=${30 * 86_400}`, "Path=/", "SameSite=Lax"],
    "keywright-device": ["HttpOnly", `Max-Age=${180 * 86_400}`, "Path=/", "SameSite=Lax"],
  });
});

test("a phone gets no cookie", async () => {
  const { email, password } = await app.addUser();
  const bearer = { "keywright-transport": "bearer" };
  const answers = [
    await app.post("auth.login", { email, password }, bearer),
    await app.post("registration.register", { email: "phone@example.com", password }, bearer),
  ];
  for (const answer of answers) expect([answer.status, cookiesOf(answer)]).toEqual([200, {}]);
});

test("a browser's mark is renewed when half of its time is over, and not before", async () => {
  const ada = await app.addUser();
  const traveller = await createTestApp({}, app.database);
  const markOf = (response: Response) => {
    return response.headers
      .getSetCookie()
      .find((text) => text.includes("keywright-device"))
      ?.split(";")[0];
  };
  const again = (cookie: string) => {
    const input = { email: ada.email, password: ada.password };
    return traveller.post("auth.login", input, { cookie, origin: "https://localhost:3000" });
  };
  const mark = markOf(await login(traveller, ada)) ?? "";
  expect(mark).not.toBe("");
  expect(markOf(await again(mark))).toBeUndefined();
  traveller.travel(91 * dayMs);
  const renewed = markOf(await again(mark)) ?? "";
  expect(renewed).not.toBe("");
  traveller.travel(91 * dayMs);
  expect(markOf(await again(renewed))).toBeDefined();
  await traveller.close();
});

test("a browser with two session cookies, as after a change of the domain, signs in with one click", async () => {
  const publicUrl = "https://api.eu.example.com";
  const sister = await createTestApp({ publicUrl, session: { cookieDomain: "example.com" } }, app.database);
  const { email, password } = await app.addUser();
  const cookie = "__Secure-keywright-session=kws_old; __Secure-keywright-session=kws_older";
  const headers = { cookie, origin: publicUrl };
  const look = await sister.get("auth.session", { cookie });
  const entry = await sister.post("auth.login", { email, password }, headers);
  await sister.close();
  const domains = (answer: Response) =>
    answer.headers
      .getSetCookie()
      .filter((text) => /session=;.*Max-Age=0/.test(text))
      .map((text) => /Domain=([^;]+)/.exec(text)?.[1] ?? "this host's own");
  const all = ["example.com", "this host's own", "api.eu.example.com", "eu.example.com"];
  expect(domains(look)).toEqual(all);
  expect(domains(entry)).toEqual(all);
  // Browsers take them in order.
  expect(entry.headers.getSetCookie().findLast((text) => text.includes("session="))).toMatch(/session=kws_/);
});
