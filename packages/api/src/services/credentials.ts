import { randomUUID } from "node:crypto";
import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { fieldFault, KeywrightError } from "../errors.js";
import { findPasswordFaults } from "../passwords/policy.js";
import { endUserSessions } from "../sessions.js";
import type { Visitor } from "../who.js";
import { recordEvents } from "./audit.js";

/**
 * What every credential change does besides itself, in the same transaction: voids the outstanding one-time secrets,
 * ends the sessions and their refresh tokens, tells the owner by mail, and writes it down.
 */
export async function credentialsChanged(
  deps: Deps,
  who: Visitor,
  change: { user: UserRow; notice: "password_reset_notice"; kind: "password.reset" },
): Promise<void> {
  await db.voidSecrets(deps.db, change.user.id);
  await endUserSessions(deps, change.user.id);
  if (change.user.email !== null) await queueMail(deps, who, { kind: change.notice, address: change.user.email });
  await recordEvents(deps, who, { kind: change.kind, userId: change.user.id });
}

/** Queues a mail in the caller's transaction. Whether there is anybody to tell is found out at delivery. */
export async function queueMail(deps: Deps, who: Visitor, mail: { kind: string; address: string }): Promise<void> {
  const { ip, userAgent } = who;
  await db.enqueueMail(deps.db, { id: randomUUID(), ...mail, ip, userAgent, createdAt: deps.now() });
}

/** What a password must not resemble: what others can know of the person. */
export function personalDetails(person: {
  username?: string | null | undefined;
  email?: string | null | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}): string[] {
  const { username, email, firstName, lastName } = person;
  return [username, email, email?.split("@")[0], firstName, lastName].filter((detail) => typeof detail === "string");
}

/** Throws `VALIDATION` with each rule that the password breaks, under `field`. */
export function assertPassword(
  { settings }: Deps,
  password: string,
  { field, personal }: { field: string; personal: string[] },
): void {
  const faults = findPasswordFaults(password, settings.password, personal);
  if (faults.length > 0) throw new KeywrightError("VALIDATION", { fields: fieldFault(field, ...faults) });
}
