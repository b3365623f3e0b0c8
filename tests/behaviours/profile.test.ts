import {
  createFetchHandler,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  transformer,
  verifiedProcedure,
} from "@keywright/api";
import { fieldErrorsOf, reasonOf } from "@keywright/client";
import { initTRPC } from "@trpc/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { refusal } from "../support/refusal.js";
import { accountRow, refusalIn, withInstance } from "./instance.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ mail: { signInNotices: false } });
});
afterAll(() => app.close());

const password = "correct horse";
const faultsOf = (error: unknown) =>
  Object.fromEntries(Object.entries(fieldErrorsOf(error)).map(([field, faults]) => [field, faults.map(reasonIn)]));
const reasonIn = ({ reason }: { reason: string }) => reason;

async function accessTokenOf(user: TestUser): Promise<string> {
  const credentials = { email: user.email, password: user.password };
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate(credentials);
  return tokens?.accessToken ?? "";
}

test("a visitor has no profile: asking for it is refused, and the session is null", async () => {
  const response = await app.get("user.me");
  expect(response.status).toBe(401);
  expect(await refusalIn(response)).toMatchObject({ reason: "NOT_AUTHENTICATED" });
  expect(await app.visitor().auth.session.query()).toBeNull();
});

test("a user sees these fields of their own and no other, by cookie and by token alike", async () => {
  const ada = await app.addUser();
  const laptop = await app.signedIn(ada);
  await laptop.user.update.mutate({ firstName: "Ada", lastName: "Lovelace" });
  const phone = await app.signedIn(ada, { transport: "bearer" });
  const me = await phone.user.me.query();
  expect(me).toEqual({
    id: expect.any(String),
    username: ada.username,
    email: ada.email,
    emailVerified: true,
    firstName: "Ada",
    lastName: "Lovelace",
    archived: false,
    hasPassword: true,
    createdAt: expect.any(Date),
    lastLoginAt: expect.any(Date),
  });
  expect(await laptop.user.me.query()).toEqual(me);
  expect((await laptop.auth.session.query())?.user).toEqual(me);
  expect((await phone.auth.session.query())?.user).toEqual(me);
  const raw = await (await app.get("user.me", { authorization: `Bearer ${await accessTokenOf(ada)}` })).text();
  expect(raw).not.toMatch(/\$kw1\$|credential|Key"/);
});

test("a user changes all fields or some: those that are left out stay", async () => {
  const ada = await app.addUser();
  const laptop = await app.signedIn(ada);
  const all = { username: `${ada.username}.new`, firstName: "Ada", lastName: "Lovelace" };
  expect(await laptop.user.update.mutate(all)).toMatchObject({ ...all, email: ada.email });
  expect(await laptop.user.update.mutate({ firstName: "Augusta" })).toMatchObject({ ...all, firstName: "Augusta" });
  expect(await laptop.user.update.mutate({})).toMatchObject({ ...all, firstName: "Augusta" });
  expect(await laptop.user.update.mutate({ lastName: "" })).toMatchObject({ firstName: "Augusta", lastName: "" });
  await app.visitor().auth.login.mutate({ username: all.username, password });
});

test("a user may keep the own username, in another case too, and gets nobody else's", async () => {
  const [ada, grace] = [await app.addUser(), await app.addUser()];
  const laptop = await app.signedIn(ada);
  expect(await laptop.user.update.mutate({ username: ada.username })).toMatchObject({ username: ada.username });
  const shouted = ada.username.toUpperCase();
  expect(await laptop.user.update.mutate({ username: shouted })).toMatchObject({ username: shouted });
  const error = await refusal(laptop.user.update.mutate({ username: grace.username.toUpperCase(), firstName: "A" }));
  expect(reasonOf(error)).toBe("USERNAME_TAKEN");
  expect(faultsOf(error)).toEqual({ username: ["USERNAME_TAKEN"] });
  expect(await laptop.user.me.query()).toMatchObject({ username: shouted, firstName: "" });
});

test.each([
  ["id", "7d3f1a52-0f5c-4f0e-9a51-2a1e7f3d9b10"],
  ["email", "other@example.com"],
  ["emailVerified", true],
  ["password", "battery staple"],
  ["archived", true],
  ["createdAt", new Date(0)],
])("a user cannot write the field %s: the call is refused, and changes nothing", async (field, value) => {
  const ada = await app.addUser();
  const laptop = await app.signedIn(ada);
  const before = await accountRow(app, ada.email);
  const error = await refusal(laptop.user.update.mutate({ firstName: "Mallory", ...{ [field]: value } }));
  expect(reasonOf(error)).toBe("VALIDATION");
  expect(faultsOf(error)).toEqual({ [field]: ["UNKNOWN_FIELD"] });
  expect(await accountRow(app, ada.email)).toEqual(before);
});

test("a visitor, and a user who has not verified the address, change no profile and are told why", async () => {
  const anonymous = app.visitor().user.update.mutate({ firstName: "No" });
  expect(reasonOf(await refusal(anonymous))).toBe("NOT_AUTHENTICATED");
  const visitor = app.visitor();
  await visitor.registration.register.mutate({ email: "not.yet@example.com", password });
  expect(reasonOf(await refusal(visitor.user.update.mutate({ firstName: "No" })))).toBe("EMAIL_NOT_VERIFIED");
  expect(await visitor.user.me.query()).toMatchObject({ firstName: "" });
});

test("a user with several faults hears of each at its field, each with its message", async () => {
  const laptop = await app.signedIn(await app.addUser());
  const input = { username: `${"u".repeat(64)} x`, firstName: "f".repeat(151), lastName: "l\nl" };
  const error = await refusal(laptop.user.update.mutate(input));
  expect(reasonOf(error)).toBe("VALIDATION");
  expect(faultsOf(error)).toEqual({
    username: ["TOO_LONG", "INVALID"],
    firstName: ["TOO_LONG"],
    lastName: ["INVALID"],
  });
  expect(fieldErrorsOf(error).firstName?.[0]?.message).toBe("This value is too long.");
  expect(await laptop.user.update.mutate({ firstName: "f".repeat(150) })).toMatchObject({ firstName: "f".repeat(150) });
});

test("an app says in its settings which fields users may change", async () => {
  await withInstance(app, { user: { updatable: ["firstName"] } }, async (strict) => {
    const laptop = await strict.signedIn(await app.addUser());
    const error = await refusal(laptop.user.update.mutate({ firstName: "A", lastName: "B", username: "ccc" }));
    expect(faultsOf(error)).toEqual({ lastName: ["UNKNOWN_FIELD"], username: ["UNKNOWN_FIELD"] });
    expect(await laptop.user.update.mutate({ firstName: "A" })).toMatchObject({ firstName: "A", lastName: "" });
  });
});

test("a user's lists cost the same statements however long they are", async () => {
  const ada = await app.addUser();
  const laptop = await app.signedIn(ada);
  const lists = () => Promise.all([laptop.auth.sessions.query(), laptop.user.events.query({ limit: 100 })]);
  const [sessions] = await lists();
  const short = (await app.costOf(lists)).statements.length;
  for (let device = 0; device < 12; device++) await app.signedIn(ada);
  expect((await lists())[0]).toHaveLength(sessions.length + 12);
  expect((await app.costOf(lists)).statements).toHaveLength(short);
});

test("a procedure of the app's own is for verified users only where it says so", async () => {
  const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
  const router = t.router({ ...mountAuth(t), secret: verifiedProcedure.query(({ ctx }) => ctx.user.email) });
  const handle = createFetchHandler({ router, endpoint: "/trpc", createContext: app.keywright.createContext });
  const ask = (headers: Record<string, string>) =>
    handle(new Request(`${publicUrl}/trpc/secret`, { headers }), "127.0.0.1");
  expect((await ask({})).status).toBe(401);
  const email = "own.procedure@example.com";
  const input = { email, password };
  const answer = await app.visitor({ transport: "bearer" }).registration.register.mutate(input);
  const headers = {
    authorization: `Bearer ${answer.status === "signed_in" ? answer.tokens?.accessToken : ""}`,
  };
  const refused = await ask(headers);
  expect([refused.status, (await refusalIn(refused)).reason]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
  await app.visitor().registration.verifyEmail.mutate({ token: await app.tokenFromMail(email) });
  expect(await (await ask(headers)).json()).toMatchObject({ result: { data: { json: email } } });
});

test("a refusal has fields where fields are at fault, and none where the whole call is", async () => {
  const ada = await app.addUser();
  const whole = await refusalIn(await app.post("auth.login", { email: ada.email, password: "wrong horse" }));
  expect(whole).toMatchObject({ reason: "INVALID_CREDENTIALS", httpStatus: 401, path: "auth.login" });
  expect(whole).not.toHaveProperty("fields");
  const field = await refusalIn(await app.post("auth.login", { email: ada.email }));
  expect(field).toMatchObject({ reason: "VALIDATION", fields: { password: [{ reason: "REQUIRED" }] } });
  const noSuchCall = await refusalIn(await app.post("user.nothing", {}));
  expect(noSuchCall).toMatchObject({ reason: "NOT_FOUND", httpStatus: 404 });
  expect(noSuchCall).not.toHaveProperty("fields");
});

test.each([
  [0, "198.51.100.1", "127.0.0.1"],
  [1, "198.51.100.1", "198.51.100.1"],
  [1, "198.51.100.1, 203.0.113.7", "203.0.113.7"],
  [2, "198.51.100.1, 203.0.113.7", "198.51.100.1"],
  [1, "198.51.100.1, junk", "127.0.0.1"],
  [1, "", "127.0.0.1"],
  [3, "198.51.100.1, 203.0.113.7", "127.0.0.1"],
])("a user behind %i trusted proxies who sends the forwarded header %j is at %s", async (hops, forwarded, ip) => {
  await withInstance(app, { trustedProxyHops: hops }, async (proxied) => {
    const laptop = await proxied.signedIn(await app.addUser(), { headers: { "x-forwarded-for": forwarded } });
    expect((await laptop.auth.session.query())?.session.ip).toBe(ip);
  });
});
