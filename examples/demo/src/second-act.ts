import { createKeywrightClient, type KeywrightClient, memoryTokens } from "@keywright/client";
import { expectThat, reasonFor } from "./expectations.js";
import { mailLinkingTo, tokenIn } from "./mailbox.js";
import type { Account, Say } from "./story.js";

interface Scene {
  url: string;
  say: Say;
  account: Account;
}

const changedPassword = "quite another horse";
const restoredPassword = "a horse of my own";

/** What an owner does with an account over the years. Throws an `Error` at the first unexpected answer. */
export async function playSecondAct(url: string, say: Say, account: Account): Promise<void> {
  const laptop = await changePassword({ url, say, account });
  const scene = { url, say, account: { ...account, password: changedPassword } };
  await reviewSessions(scene, laptop);
  await changeEmail(scene, laptop);
  const restored = { url, say, account: { ...account, password: restoredPassword } };
  await leave(restored, await signIn(restored, "Ada's laptop"));
}

async function signIn({ url, account }: Scene, deviceName: string): Promise<KeywrightClient> {
  const device = createKeywrightClient({ url, tokens: memoryTokens() });
  await device.auth.login.mutate({ ...account, deviceName });
  return device;
}

async function changePassword(scene: Scene): Promise<KeywrightClient> {
  const { say, account } = scene;
  const [phone, laptop] = [await signIn(scene, "Ada's phone"), await signIn(scene, "Ada's laptop")];
  say("auth.login on a phone and on a laptop", "signed in on both");
  await laptop.password.change.mutate({ currentPassword: account.password, newPassword: changedPassword });
  expectThat((await laptop.user.me.query()).email === account.email, "the laptop goes on");
  say("password.change on the laptop", "a new password; the laptop goes on");
  await expectSignedOut(phone, "the phone");
  say("user.me on the phone", "refused: NOT_AUTHENTICATED");
  return laptop;
}

async function reviewSessions(scene: Scene, laptop: KeywrightClient): Promise<void> {
  const { say } = scene;
  const phone = await signIn(scene, "Ada's phone");
  const sessions = await laptop.auth.sessions.query();
  const named = sessions.map(({ deviceName, current }) => `${deviceName}${current ? " (this one)" : ""}`);
  expectThat(named.toSorted().join() === "Ada's laptop (this one),Ada's phone", "there are two sessions");
  say("auth.sessions on the laptop", named.join(", "));
  const other = sessions.find(({ current }) => !current);
  await laptop.auth.revokeSession.mutate({ id: other?.id ?? "" });
  await expectSignedOut(phone, "the phone");
  say("auth.revokeSession with the other's id", "{}; the phone is signed out");
}

async function changeEmail({ url, say, account }: Scene, laptop: KeywrightClient): Promise<void> {
  const { email: oldEmail, password } = account;
  const email = oldEmail.replace("@", ".new@");
  await laptop.user.requestEmailChange.mutate({ email, password });
  say("user.requestEmailChange", "{}; nothing changes before the new mailbox agrees");
  const consent = await mailLinkingTo(url, email, "/confirm-email");
  say("the new mailbox", `“${consent.subject}”`);
  await laptop.user.confirmEmailChange.mutate({ token: tokenIn(consent) });
  expectThat((await laptop.user.me.query()).email === email, "the address is the new one");
  say("user.confirmEmailChange", `{}; the address is ${email}`);

  const notice = await mailLinkingTo(url, oldEmail, "/undo-email-change");
  say("the old mailbox", `“${notice.subject}”`);
  await createKeywrightClient({ url }).user.undoEmailChange.mutate({ token: tokenIn(notice) });
  await expectSignedOut(laptop, "every device");
  say("user.undoEmailChange", "{}; the old address is back, the password is deleted, every session has ended");
  const choice = await mailLinkingTo(url, oldEmail, "/set-password");
  const newPassword = restoredPassword;
  await createKeywrightClient({ url }).password.set.mutate({ token: tokenIn(choice), newPassword });
  say("password.set", "{}; a password that nobody else knows");
}

async function leave(scene: Scene, laptop: KeywrightClient): Promise<void> {
  const { say, account } = scene;
  expectThat((await laptop.user.me.query()).email === account.email, "the old address signs in");
  say("auth.login with the old address", "signed in");
  const { events } = await laptop.user.events.query({ limit: 4 });
  const kinds = events.map(({ kind }) => kind);
  expectThat(kinds.includes("email.restored"), "the history shows the change");
  say("user.events, the newest", kinds.join(", "));

  await laptop.user.archive.mutate({ password: account.password });
  await expectSignedOut(laptop, "an archived account");
  say("user.archive", "{}; the account is at rest, every session has ended");
  const back = await laptop.auth.login.mutate(account);
  expectThat(back.unarchived, "a login brings the account back");
  say("auth.login of the archived account", "signed in, unarchived: true");

  const { outcome } = await laptop.user.delete.mutate({ password: account.password });
  expectThat(outcome === "deleted", "the account is deleted");
  say("user.delete", `outcome: ${outcome}`);
  const refused = await reasonFor(laptop.auth.login.mutate(account));
  expectThat(refused === "INVALID_CREDENTIALS", "nobody can sign in any more");
  say("auth.login of the deleted account", `refused: ${refused}`);
}

async function expectSignedOut(device: KeywrightClient, who: string): Promise<void> {
  expectThat((await reasonFor(device.user.me.query())) === "NOT_AUTHENTICATED", `${who} is signed out`);
}
