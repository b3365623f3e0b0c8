import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { MisbehavingProvider } from "../misbehaving-provider.js";
import type { SmtpSink } from "../smtp.js";
import { newVerifier } from "../social.js";
import type { Answered, Call, Headings, Witness } from "./caller.js";
import { newName, newSecret } from "./marks.js";

export interface World {
  caller: Call;
  witness: Witness;
  smtp: SmtpSink;
  provider: MisbehavingProvider;
}

const bearer = { "keywright-transport": "bearer" };
const tokens = z.object({ tokens: z.object({ accessToken: z.string(), refreshToken: z.string() }) });
const pair = z.object({ accessToken: z.string(), refreshToken: z.string() });
const started = z.object({ authorizationUrl: z.string() });

export interface Person {
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
  /** As headers. */
  phone: Headings;
  browser: Headings;
}

/** Somebody new with everything that can be given, signed in on a phone and in a browser. */
export async function newPerson({ caller }: World): Promise<Person> {
  const email = `${newName()}@example.com`;
  const password = newSecret();
  const rest = { username: newName(), firstName: newName(), lastName: newName(), deviceName: newName() };
  const registered = await caller.call("registration.register", { email, password, ...rest }, bearer);
  const { accessToken, refreshToken } = tokens.parse(ok(registered)).tokens;
  const login = await caller.call("auth.login", { email, password, deviceName: newName() });
  ok(login);
  const browser = { cookie: login.cookie, origin: caller.url };
  return { email, password, accessToken, refreshToken, phone: { authorization: `Bearer ${accessToken}` }, browser };
}

/** What was answered; an error if the call was refused. */
export function ok({ data, status, text }: Answered): unknown {
  if (status !== 200) throw new Error(`A call of the story was refused: ${status} ${text}`);
  return data;
}

/** The newest mailed token of a page. */
export async function mailed({ smtp, witness }: World, to: string, page: string): Promise<string> {
  const text = await mailedText(smtp, to, new RegExp(`/${page}\\?token=([\\w%.-]+)`));
  witness.secrets.add(text);
  return text;
}

async function mailedText({ mails }: SmtpSink, to: string, pattern: RegExp): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const texts = mails.filter((mail) => mail.to === to).map(({ text }) => pattern.exec(text)?.[1]);
    const found = texts.findLast((text) => text !== undefined);
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error(`No mail with ${pattern} came to ${to}.`);
}

/** The life of an account with a password, from its registration to its end. */
export async function liveByPassword(world: World): Promise<void> {
  const { caller, provider } = world;
  const ada = await newPerson(world);
  const call = async (path: string, input: object = {}) => ok(await caller.call(path, input, ada.phone));
  const token = await mailed(world, ada.email, "verify-email");
  await call("registration.verifyEmail", { token });
  await caller.call("registration.verifyEmail", { token });
  for (const path of ["auth.session", "auth.sessions", "user.me", "user.events", "social.accounts"]) {
    ok(await caller.query(path, undefined, ada.browser));
  }
  await caller.call("auth.login", { email: ada.email, password: newSecret() });
  await caller.call("auth.login", { login: newName(), password: newSecret() });
  await call("auth.verifyToken", { token: ada.accessToken });
  await call("auth.reauthenticate", { password: ada.password });
  await call("user.update", { firstName: newName(), username: newName() });
  await call("user.export");
  const nonce = newSecret();
  const idToken = await provider.makeIdToken({ sub: newName(), email: `${newName()}@pine.test`, nonce });
  world.witness.secrets.add(idToken);
  const { id } = z.object({ id: z.string() }).parse(await call("social.connect", { provider: "pine", idToken, nonce }));
  await call("social.disconnect", { id });
  await caller.call("password.requestReset", { email: ada.email });
  const reset = await mailed(world, ada.email, "reset-password");
  await caller.call("password.checkToken", { token: reset });
  const moved = `${newName()}@example.com`;
  await call("user.requestEmailChange", { email: moved, password: ada.password });
  await call("user.confirmEmailChange", { token: await mailed(world, moved, "change-email") });
  await call("user.undoEmailChange", { token: await mailed(world, ada.email, "undo-email-change") });
  const second = newSecret();
  const set = await mailed(world, ada.email, "set-password");
  ok(await caller.call("password.set", { token: set, newPassword: second, confirmPassword: second }));
  await caller.open(`/reset-password?token=${reset}`);
  await end(world, ada, second);
}

async function end(world: World, { email }: Person, password: string): Promise<void> {
  const { caller } = world;
  const login = tokens.parse(ok(await caller.call("auth.login", { email, password }, bearer))).tokens;
  const next = pair.parse(ok(await caller.call("auth.refreshToken", { refreshToken: login.refreshToken })));
  const phone = { authorization: `Bearer ${next.accessToken}`, ...bearer };
  const newPassword = newSecret();
  const changed = await caller.call("password.change", { currentPassword: password, newPassword }, phone);
  const { accessToken, refreshToken } = tokens.parse(ok(changed)).tokens;
  const now = { authorization: `Bearer ${accessToken}` };
  ok(await caller.call("user.archive", { password: newPassword }, now));
  const last = tokens.parse(ok(await caller.call("auth.login", { email, password: newPassword }, bearer))).tokens;
  await caller.call("auth.revokeToken", { refreshToken });
  ok(await caller.call("user.delete", { password: newPassword }, { authorization: `Bearer ${last.accessToken}` }));
}

/** Accounts without a password: by a browser's round trip, by a phone's, and with a ticket. */
export async function liveByProvider(world: World): Promise<void> {
  const { caller, smtp, witness } = world;
  const email = `${newName()}@pine.test`;
  const person = { sub: newName(), email, email_verified: true, given_name: newName(), family_name: newName() };
  const { cookie } = await roundTrip(world, person, { deviceName: newName() });
  const browser = { cookie, origin: caller.url };
  ok(await caller.call("auth.requestCode", {}, browser));
  const code = (await mailedText(smtp, email, /^\s*(\d[\d ]+\d)\s*$/m)).trim();
  witness.secrets.add(code).add(code.replaceAll(" ", ""));
  ok(await caller.call("auth.reauthenticate", { code }, browser));
  ok(await caller.call("social.start", { provider: "pine", purpose: "reauthenticate" }, browser));

  const { codeVerifier, codeChallenge } = newVerifier();
  witness.secrets.add(codeVerifier);
  const handoff = (await roundTrip(world, person, { codeChallenge })).place.get("handoff") ?? "";
  ok(await caller.call("social.login", { provider: "pine", handoff, codeVerifier }, bearer));

  const { place, cookie: flow } = await roundTrip(world, { sub: newName() });
  const ticket = place.get("ticket") ?? "";
  const rest = { email: `${newName()}@example.com`, firstName: newName() };
  ok(await caller.call("social.complete", { ticket, ...rest }, { cookie: flow, origin: caller.url }));
}

/** To the provider and back, with more in the address; where the browser is sent in the end. */
export async function roundTrip(
  { caller, provider, witness }: World,
  person: object,
  { extra, ...start }: { extra?: Record<string, string>; deviceName?: string; codeChallenge?: string } = {},
) {
  const begun = await caller.call("social.start", { provider: "pine", ...start }, { origin: caller.url });
  const { authorizationUrl } = started.parse(ok(begun));
  witness.learn(authorizationUrl);
  const { pathname, search } = provider.signIn(authorizationUrl, { ...person }, extra);
  witness.learn(search);
  const back = await caller.open(pathname + search, { headers: { cookie: begun.cookie } });
  for (const { body } of provider.requests) witness.learn(`?${body}`);
  for (const token of provider.tokensGiven()) witness.secrets.add(token);
  const place = new URL(back.headers.get("location") ?? "").searchParams;
  const pairs = new Set([...begun.cookie.split("; "), ...back.cookie.split("; ")].filter(Boolean));
  return { cookie: [...pairs].join("; "), place };
}
