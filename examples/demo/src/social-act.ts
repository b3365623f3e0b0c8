import { createHash, randomBytes } from "node:crypto";
import { createKeywrightClient, type KeywrightClient, memoryTokens } from "@keywright/client";
import { expectThat, reasonFor } from "./expectations.js";
import { codeMailedTo, mailLinkingTo, tokenIn } from "./mailbox.js";
import type { Say } from "./story.js";
import { createTourBrowser, type TourBrowser } from "./tour-browser.js";

interface Scene {
  url: string;
  say: Say;
  browser: TourBrowser;
  person: { email: string; name: string };
}

const provider = "development";

/** Signs in with a provider, in a browser and on a phone. Throws an `Error` at the first unexpected answer. */
export async function playSocialAct(url: string, say: Say): Promise<void> {
  const browser = createTourBrowser(url);
  const email = `ada.${Date.now().toString(36)}@example.com`;
  const scene = { url, say, browser, person: { email, name: "Ada Lovelace" } };
  const client = createKeywrightClient({
    url,
    fetch: (input, init) => browser.open(String(input), { ...init, signal: null }),
  });
  const providers = await client.social.providers.query();
  expectThat(
    providers.some(({ id }) => id === provider),
    "the server has the development sign-in: it has it only without a provider of its own, on this machine",
  );
  say("social.providers", providers.map(({ name }) => name).join(", "));
  await signIn(scene, client);
  await onThePhone(scene);
  await authenticateAgain(scene, client);
  await leave(scene, client);
}

async function signIn({ url, say, browser, person }: Scene, client: KeywrightClient): Promise<void> {
  const { authorizationUrl } = await client.social.start.mutate({ provider });
  say("social.start", "an address at the provider, for the browser to go to");
  const place = await browser.signInAs(authorizationUrl, person);
  say("at the provider", `signs in as ${person.name}, and is sent back to ${new URL(place).pathname}`);
  const { user } = (await client.auth.session.query()) ?? {};
  expectThat(user?.email === person.email && !user.hasPassword, "the browser is signed in, without a password");
  say("auth.session", `${person.email}, signed in by an HttpOnly cookie; no password`);
  const token = tokenIn(await mailLinkingTo(url, person.email, "/verify-email"));
  await client.registration.verifyEmail.mutate({ token });
  say("registration.verifyEmail", "this provider vouches for no address, so it is verified by mail");
}

async function onThePhone({ url, say, browser, person }: Scene): Promise<void> {
  const phone = createKeywrightClient({ url, tokens: memoryTokens() });
  const codeVerifier = randomBytes(32).toString("base64url");
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const { authorizationUrl } = await phone.social.start.mutate({ provider, codeChallenge });
  const place = new URL(await browser.signInAs(authorizationUrl, person));
  const handoff = place.searchParams.get("handoff") ?? "";
  say("social.start on a phone", "comes back with a hand-off code in the address, and no cookie");
  const answer = await phone.social.login.mutate({ provider, handoff, codeVerifier });
  expectThat(answer.status === "signed_in" && !answer.created, "the phone is signed in to the same account");
  say("social.login with the code", "signed in to the same account; the client keeps the tokens");
  const again = await reasonFor(phone.social.login.mutate({ provider, handoff, codeVerifier }));
  expectThat(again === "TOKEN_INVALID", "the code works once");
  say("social.login once more", `refused: ${again}`);
}

async function authenticateAgain({ url, say, person }: Scene, client: KeywrightClient): Promise<void> {
  await client.auth.requestCode.mutate();
  const code = await codeMailedTo(url, person.email);
  await client.auth.reauthenticate.mutate({ code });
  say("auth.reauthenticate", "by a mailed code, since there is no password to ask for");
  const [account] = await client.social.accounts.query();
  const refused = await reasonFor(client.social.disconnect.mutate({ id: account?.id ?? "" }));
  expectThat(refused === "LAST_SIGN_IN_METHOD", "the last way in stays");
  say("social.disconnect", `refused: ${refused}`);
}

async function leave({ say, browser }: Scene, client: KeywrightClient): Promise<void> {
  const { outcome } = await client.user.delete.mutate({});
  expectThat(outcome === "deleted", "the account is deleted");
  expectThat(!browser.cookieNames().some((name) => name.endsWith("-session")), "the session's cookie is gone");
  say("user.delete", `outcome: ${outcome}; the session's cookie is gone`);
}
