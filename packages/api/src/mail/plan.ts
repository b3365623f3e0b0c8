import type { ClaimedEntry, UserRow } from "@keywright/db";
import type { SecretPurpose } from "../contract/types.js";
import type { LinkPage } from "./links.js";
import type { MailKind } from "./mail.js";

/** What can be queued. What it becomes is decided at delivery, so that the caller's statement tells nothing. */
export type QueuedMailKind = Exclude<MailKind, "email_in_use">;

/** A mail that is to be sent, decided at delivery by the flow that it belongs to. */
export interface MailPlan {
  mail: MailKind;
  /** The stored address, never the typed one. */
  to: string;
  /** Minted when the mail is about to leave; null for mails that only tell. */
  secret: { purpose: SecretPurpose; userId: string; minutes: number } | null;
  /** Page of the front end that the mail links to. */
  page: LinkPage | null;
}

/** A queued mail as a flow sees it when it is about to be delivered. */
export type QueuedEntry = Pick<ClaimedEntry, "userId" | "credentialVersion"> & { address: string };

/** A mail that only tells. */
export function notice(mail: MailKind, to: string): MailPlan {
  return { mail, to, secret: null, page: null };
}

/** A mail with a one-time secret, and the page that uses it up. */
export function secretMail(
  user: UserRow,
  to: string,
  { mail, purpose, minutes }: { mail: MailKind; purpose: SecretPurpose; minutes: number },
): MailPlan {
  return { mail, to, secret: { purpose, userId: user.id, minutes }, page: purpose };
}
