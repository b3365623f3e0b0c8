import type { SocialCompleteInput } from "../../contract/input-types.js";
import { type FieldErrors, fieldError, KeywrightError } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import { hashToken } from "../../keys.js";
import type { MarkedAccount } from "../../sessions/device-mark.js";
import type { Visitor } from "../../who.js";
import { toUsername } from "../usernames.js";
import { consumeTicket, findTicket, issueGrant, type VouchedIdentity } from "./grants.js";
import type { Newcomer, SocialOutcome } from "./outcome.js";
import { signInWithIdentity } from "./sign-in.js";

/** A sign-in that lacks something: a ticket, with which it can be completed. */
export async function issueTicket(
  deps: Deps,
  { provider, identity, tokens, remember, deviceName }: Newcomer,
  browser: { suffix: string; hash: string } | null,
): Promise<string> {
  return await issueGrant(deps, "ticket", { provider: provider.id, identity, tokens, browser, remember, deviceName });
}

/** The cookies of this browser. */
interface Browser {
  flowCookie(suffix: string): string | null;
  endFlow(suffix: string): void;
  deviceMarks(): { account: MarkedAccount }[];
}

/**
 * Completes a first sign-in with what the provider did not give. What was typed is vouched for by nobody. Only a call
 * that gets through uses the ticket up. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `VALIDATION`, `USERNAME_TAKEN`, and
 * what `signInWithIdentity` throws.
 */
export async function completeSignUp(
  deps: Deps,
  who: Visitor,
  { input, browser: own }: { input: SocialCompleteInput; browser: Browser },
): Promise<Exclude<SocialOutcome, { status: "registration_incomplete" }>> {
  const ticket = await findTicket(deps, input.ticket);
  const provider = deps.providers.get(ticket.provider);
  const { browser } = ticket;
  const cookie = browser && own.flowCookie(browser.suffix);
  if (browser && (cookie === null || hashToken(cookie) !== browser.hash)) throw new KeywrightError("TOKEN_INVALID");
  const identity = withTyped(deps, ticket.identity, input);
  const outcome = await signInWithIdentity(deps, who, {
    provider,
    identity,
    tokens: ticket.tokens,
    remember: ticket.remember,
    deviceName: ticket.deviceName,
    devices: own.deviceMarks().map(({ account }) => account),
    isUsernameChosen: input.username !== undefined,
    use: async (deps) => void (await consumeTicket(deps, input.ticket)),
  });
  if (outcome.status !== "registration_incomplete") {
    if (browser) own.endFlow(browser.suffix);
    return outcome;
  }
  const fields: FieldErrors = Object.assign({}, ...outcome.missing.map((field) => fieldError(field, "REQUIRED")));
  throw new KeywrightError("VALIDATION", { fields });
}

function withTyped(
  deps: Deps,
  identity: VouchedIdentity,
  { username, email, firstName, lastName }: SocialCompleteInput,
): VouchedIdentity {
  // For its refusals.
  if (username !== undefined) toUsername(deps, username);
  const isOther = email !== undefined && foldName(email) !== foldName(identity.email ?? "");
  return {
    ...identity,
    username: username ?? identity.username,
    firstName: firstName ?? identity.firstName,
    lastName: lastName ?? identity.lastName,
    ...(isOther ? { email, isEmailVouched: false } : {}),
  };
}
