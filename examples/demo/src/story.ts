import { createKeywrightClient, type KeywrightClient, memoryTokens } from "@keywright/client";
import { expectThat, reasonFor } from "./expectations.js";
import { newMail, tokenIn } from "./mailbox.js";
import { createWire } from "./wire.js";

export type Say = (step: string, outcome: string) => void;

/** What an owner signs in with. */
export interface Account {
  email: string;
  password: string;
}

const password = "correct horse battery";
const newPassword = "a staple of another kind";

/** Plays the beginning of an account, with the typed client. Throws an `Error` at the first unexpected answer. */
export async function playFirstAct(url: string, say: Say): Promise<Account> {
  const email = `ada.${Date.now().toString(36)}@example.com`;
  const wire = createWire();
  const tokens = memoryTokens();
  const phone = createKeywrightClient({ url, tokens, fetch: wire.fetch });
  await signUp({ url, phone, say, email });
  await phone.auth.login.mutate({ email, password, deviceName: "Ada's phone" });
  say("auth.login", "signed in; the client keeps the tokens");

  const me = await phone.user.me.query();
  expectThat(me.emailVerified, "the address is verified");
  say("user.me", `${me.email}, verified, created ${me.createdAt.toISOString()}`);

  // A program that restarts has the refresh token from its store, but no access token.
  const restarted = createKeywrightClient({ url, tokens, fetch: wire.fetch });
  wire.take();
  await restarted.user.me.query();
  // The client has the registration's session ended beside: nobody is to be signed in twice on one device.
  const renewal = wire.take().filter((path) => path !== "auth.revokeToken");
  expectThat(renewal.join(" ") === "auth.refreshToken user.me", "the access token is renewed once, then used");
  say("the app restarts without its access token", `over the wire: ${renewal.join(", then ")}`);

  const [session, again] = await Promise.all([restarted.auth.session.query(), restarted.user.me.query()]);
  const batch = wire.take();
  expectThat(batch.length === 1 && session?.user.id === again.id, "two calls travel in one request");
  say("two calls at once", `over the wire, one request: ${batch.join("")}`);

  await resetPassword({ url, say, email });
  expectThat((await reasonFor(restarted.user.me.query())) === "NOT_AUTHENTICATED", "the old session is refused");
  say("user.me with the old session", "refused: NOT_AUTHENTICATED");
  await signInAndOut({ url, say, email });
  return { email, password: newPassword };
}

interface Scene {
  url: string;
  say: Say;
  email: string;
}

async function signUp({ url, phone, say, email }: Scene & { phone: KeywrightClient }): Promise<void> {
  const answer = await phone.registration.register.mutate({ email, password, firstName: "Ada" });
  expectThat(answer.status === "signed_in" && !answer.user.emailVerified, "the new account is not verified yet");
  say("registration.register", `${email}: signed in, not verified yet`);
  const mail = await newMail(url, email, 0);
  say("the mailbox", `“${mail.subject}”`);
  const verified = await phone.registration.verifyEmail.mutate({ token: tokenIn(mail) });
  expectThat(verified.status === "verified", "the link verifies the address");
  say("registration.verifyEmail", "verified");
}

async function resetPassword({ url, say, email }: Scene): Promise<void> {
  const visitor = createKeywrightClient({ url, tokens: memoryTokens() });
  await visitor.password.requestReset.mutate({ email });
  say("password.requestReset", "{} (the same answer for any address)");
  const mail = await newMail(url, email, 1);
  say("the mailbox", `“${mail.subject}”`);
  await visitor.password.reset.mutate({ token: tokenIn(mail), newPassword });
  say("password.reset", "a new password; every session of the account has ended");
  const twice = await reasonFor(visitor.password.reset.mutate({ token: tokenIn(mail), newPassword }));
  expectThat(twice === "TOKEN_INVALID", "the link works once");
  say("password.reset with the same link", "refused: TOKEN_INVALID");
}

async function signInAndOut({ url, say, email }: Scene): Promise<void> {
  const phone = createKeywrightClient({ url, tokens: memoryTokens() });
  const old = await reasonFor(phone.auth.login.mutate({ email, password }));
  expectThat(old === "INVALID_CREDENTIALS", "the old password is refused");
  say("auth.login with the old password", "refused: INVALID_CREDENTIALS");
  await phone.auth.login.mutate({ email, password: newPassword });
  say("auth.login with the new password", "signed in");
  await phone.auth.logout.mutate({});
  expectThat((await phone.auth.session.query()) === null, "nobody is signed in");
  say("auth.logout", "signed out; auth.session answers null");
}
