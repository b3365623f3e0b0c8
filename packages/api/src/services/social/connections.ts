import * as db from "@keywright/db";
import { maxIdentities } from "../../contract/bounds.js";
import { fieldError, KeywrightError } from "../../contract/reasons.js";
import type { Nothing, SocialAccount } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import type { Actor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { noticeTo } from "../credentials.js";
import type { SocialProof } from "./identify.js";
import { newIdentity, toSocialAccount } from "./identity-row.js";
import { assertMayConnect } from "./may-connect.js";
import { revocationOf } from "./revocation.js";

/**
 * Adds an identity to the caller's account; the same one again changes nothing. Throws `IDENTITY_TAKEN` if another
 * account has it, `TOKEN_INVALID` if the round trip was begun for something else, `NOT_AUTHENTICATED` if credentials
 * changed meanwhile, `VALIDATION` if the account has twenty identities already, and what `assertMayConnect` throws.
 */
export async function connectIdentity(deps: Deps, who: Actor, proof: SocialProof): Promise<SocialAccount> {
  assertMayConnect(deps, who);
  assertFlowOf(deps, who, { proof, purpose: "connect" });
  const row = newIdentity(deps, who.user.id, proof);
  return await inTransaction(deps, async (deps) => {
    await holdOwn(deps, who);
    const count = await db.countIdentities(deps.db, who.user.id);
    const isFree = count < maxIdentities && (await db.createIdentity(deps.db, row));
    if (!isFree) return await known(deps, who, { proof, isFull: count >= maxIdentities });
    await recordEvents(deps, who, {
      events: [{ kind: "identity.connected", userId: who.user.id, sessionId: who.session.id }],
      mails: noticeTo(deps, who.user, "identity_connected_notice"),
    });
    return toSocialAccount(row);
  });
}

async function known(
  deps: Deps,
  who: Actor,
  { proof, isFull }: { proof: SocialProof; isFull: boolean },
): Promise<SocialAccount> {
  const identity = await db.findIdentity(deps.db, proof.identity);
  if (identity?.userId === who.user.id) return toSocialAccount(identity);
  if (identity || !isFull) throw new KeywrightError("IDENTITY_TAKEN");
  throw new KeywrightError("VALIDATION", { fields: fieldError("provider", "TOO_LONG") });
}

/**
 * Removes an identity from the caller's account. Throws `NOT_FOUND`, whether the id is unknown or somebody else's, and
 * `LAST_SIGN_IN_METHOD` if nobody could sign in to the account without it.
 */
export async function disconnectIdentity(deps: Deps, who: Actor, { id }: { id: string }): Promise<Nothing> {
  await inTransaction(deps, async (deps) => {
    // The lock makes two of these follow one another, so that they cannot both leave "the other one".
    await holdOwn(deps, who);
    const user = await db.findUserById(deps.db, who.user.id);
    const all = await db.listIdentities(deps.db, who.user.id, maxIdentities + 1);
    const identity = await db.deleteIdentity(deps.db, who.user.id, id);
    if (!identity) throw new KeywrightError("NOT_FOUND");
    const others = all.filter((other) => other.id !== id);
    if (!hasWayIn(deps, { user, others })) throw new KeywrightError("LAST_SIGN_IN_METHOD");
    await recordEvents(deps, who, {
      events: [{ kind: "identity.disconnected", userId: who.user.id, sessionId: who.session.id }],
      mails: [...noticeTo(deps, who.user, "identity_disconnected_notice"), ...revocationOf(deps, identity)],
    });
  });
  return {};
}

/** A password opens nothing without a name to sign in with, nor an identity at a provider that is not configured. */
function hasWayIn(
  { settings, providers }: Deps,
  { user, others }: { user: db.UserRow | null; others: db.IdentityRow[] },
): boolean {
  if (others.some(({ provider }) => providers.list.some(({ id }) => id === provider))) return true;
  return user?.hasPassword === true && settings.login.fields.some((field) => user[field] !== null);
}

/** What is connected to the caller's account, the oldest first. */
export async function ownIdentities(deps: Deps, who: Actor): Promise<SocialAccount[]> {
  return (await db.listIdentities(deps.db, who.user.id, maxIdentities)).map(toSocialAccount);
}

/** Throws `TOKEN_INVALID` unless a round trip, if there was one, was begun by the caller for this. */
export function assertFlowOf(
  _deps: Deps,
  who: Actor,
  { proof: { flow }, purpose }: { proof: SocialProof; purpose: "connect" | "reauthenticate" },
): void {
  if (flow && (flow.purpose !== purpose || flow.userId !== who.user.id)) throw new KeywrightError("TOKEN_INVALID");
}

async function holdOwn(deps: Deps, { user }: Actor): Promise<void> {
  if ((await db.holdCredentials(deps.db, user.id)) !== user.credentialVersion) {
    throw new KeywrightError("NOT_AUTHENTICATED");
  }
}
