import type { OutboxEntry } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { uuidv7 } from "../ids.js";
import type { QueuedMailKind } from "../mail/plan.js";
import type { Visitor } from "../who.js";

/** A row of the outbox that is not a mail. */
export const revocationKind = "revoke_provider_token";

/** A mail to be delivered soon; what it says, and whether it is sent at all, is decided at delivery. */
export interface QueuedMail {
  kind: QueuedMailKind | typeof revocationKind;
  /** For a revocation, the provider's id. */
  address: string;
  /** For a revocation, the encrypted token. */
  payload?: Uint8Array;
  /** The account that it is about; with a version, the mail is not sent after another credential change. */
  about?: { id: string; credentialVersion: number | null };
}

/** Queues a mail when there is nothing to record: nothing has been looked up or changed yet. */
export async function queueMail(deps: Deps, who: Visitor, mail: QueuedMail): Promise<void> {
  await db.enqueueMail(deps.db, outboxEntry(deps, who, mail));
  deps.mailQueued();
}

/** The row of a mail that is due at once. */
export function outboxEntry(deps: Deps, who: Visitor, { kind, address, about, payload }: QueuedMail): OutboxEntry {
  const createdAt = deps.now();
  return {
    id: uuidv7(createdAt),
    kind,
    address,
    userId: about?.id ?? null,
    credentialVersion: about?.credentialVersion ?? null,
    ip: who.ip,
    userAgent: who.userAgent,
    createdAt,
    payload: payload ?? null,
  };
}
