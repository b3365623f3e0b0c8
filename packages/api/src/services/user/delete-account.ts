import * as db from "@keywright/db";
import type { OwnPasswordInput } from "../../contract/input-types.js";
import type { DeletionOutcome } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import type { Actor } from "../../who.js";
import { refuseIfInUse } from "../account-in-use.js";
import { recordEvents } from "../audit.js";
import { credentialsChanged, noticeTo } from "../credentials.js";
import { assertOwner, refuseWrongPassword } from "../current-password.js";
import { revocationsFor } from "../social/revocation.js";

/**
 * Deletes the caller's account and all its data, or disables it and keeps the row, depending on `user.deletion`. Throws
 * `WRONG_PASSWORD`, and `ACCOUNT_IN_USE` if rows of the app's own refer to the account and do not allow it.
 */
export async function deleteAccount(deps: Deps, who: Actor, input: OwnPasswordInput): Promise<DeletionOutcome> {
  await assertOwner(deps, who, input);
  const isFinal = deps.settings.user.deletion === "delete";
  // A deferred foreign key refuses the commit.
  const work = inTransaction(deps, (deps) => (isFinal ? remove(deps, who) : deactivate(deps, who)));
  await work.catch((error: unknown) => refuseIfInUse(deps, who, error));
  return { outcome: isFinal ? "deleted" : "deactivated" };
}

/** Deleting the row also deletes sessions, tokens, secrets and the password. */
async function remove(deps: Deps, who: Actor): Promise<void> {
  const { id: userId, credentialVersion: version } = who.user;
  // Before their rows are gone.
  const revocations = await revocationsFor(deps, userId);
  if (!(await db.deleteUser(deps.db, { userId, version }))) refuseWrongPassword("password");
  await deps.tokenManager.revokeAll(deps, { userId });
  const mails = [...noticeTo(deps, who.user, "deleted_notice"), ...revocations];
  await recordEvents(deps, who, { events: [{ kind: "user.deleted", userId }], mails });
}

async function deactivate(deps: Deps, who: Actor): Promise<void> {
  const { id: userId, credentialVersion: version } = who.user;
  const change = { userId, version, state: { deactivatedAt: deps.now() } };
  const user = await db.raiseCredentialVersion(deps.db, change);
  if (!user) return refuseWrongPassword("password");
  const events = [{ kind: "user.deactivated" as const, userId }];
  await credentialsChanged(deps, who, {
    user,
    proof: "password",
    ends: "all",
    record: { events, mails: noticeTo(deps, user, "deactivated_notice") },
  });
}
