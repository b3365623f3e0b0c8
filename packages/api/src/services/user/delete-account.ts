import * as db from "@keywright/db";
import type { OwnPasswordInput } from "../../contract/input-types.js";
import type { DeletionOutcome } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import type { Actor } from "../../who.js";
import { refuseIfInUse } from "../account-in-use.js";
import { type AuditEntry, recordEvents } from "../audit.js";
import { credentialsChanged, noticeTo } from "../credentials.js";
import { assertOwner } from "../current-password.js";
import { assertEnded, holdOwnSession, provingAgain } from "../own-session.js";
import { revocationsFor } from "../social/revocation.js";

/**
 * Deletes the caller's account and all its data, or disables it and keeps the row, depending on `user.deletion`. Throws
 * `WRONG_PASSWORD`, `NOT_AUTHENTICATED`, and `ACCOUNT_IN_USE` if rows of the app's own refer to the account and do not allow it.
 */
export async function deleteAccount(deps: Deps, who: Actor, input: OwnPasswordInput): Promise<DeletionOutcome> {
  const isFinal = deps.settings.user.deletion === "delete";
  const end = isFinal ? remove : deactivate;
  await provingAgain(deps, who, async (who) => {
    await assertOwner(deps, who, input);
    // A deferred foreign key refuses the commit.
    return await inTransaction(deps, (deps) => end(deps, who)).catch((error) => refuseIfInUse(deps, who, error));
  });
  return { outcome: isFinal ? "deleted" : "deactivated" };
}

/** Deleting the row also deletes sessions, tokens, secrets and the password. */
async function remove(deps: Deps, who: Actor): Promise<"done" | "overtaken"> {
  await holdOwnSession(deps, who);
  const { id: userId, credentialVersion: version } = who.user;
  // Before their rows are gone.
  const revocations = await revocationsFor(deps, userId);
  if (!(await db.deleteUser(deps.db, { userId, version }))) return "overtaken";
  await deps.tokenManager.revokeAll(deps, { userId });
  const mails = [...noticeTo(deps, who.user, "deleted_notice"), ...revocations];
  await recordEvents(deps, who, { events: [{ kind: "user.deleted", userId }], mails });
  return "done";
}

async function deactivate(deps: Deps, who: Actor): Promise<"done" | "overtaken"> {
  const { id: userId, credentialVersion: version } = who.user;
  const change = { userId, version, state: { deactivatedAt: deps.now() } };
  const user = await db.raiseCredentialVersion(deps.db, change);
  if (!user) return "overtaken";
  // The address of the account as it was: one that nobody has proved is given up.
  const { email } = who.user;
  const isReleased = email !== null && user.email === null;
  const events: AuditEntry[] = [
    { kind: "user.deactivated", userId },
    ...(isReleased ? [{ kind: "email.released" as const, userId }] : []),
  ];
  const ended = await credentialsChanged(deps, who, {
    user,
    proof: "password",
    ends: "all",
    record: { events, mails: noticeTo(deps, { ...user, email }, "deactivated_notice") },
  });
  assertEnded(deps, who, ended);
  return "done";
}
