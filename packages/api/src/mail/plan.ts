import type { ClaimedEntry, UserRow } from "@keywright/db";
import type { SecretPurpose } from "../contract/types.js";
import type { LinkPage } from "./links.js";
import type { MailKind } from "./mail.js";

/**
 * What can be queued. The mail to send is decided at delivery, so that the caller cannot infer anything from the
 * statement.
 * `unproved_email_changed_notice`: the mail is an `email_changed_notice`, to an address that its account had never proved.
 */
export type QueuedMailKind = Exclude<MailKind, "email_in_use"> | "unproved_email_changed_notice";

/** Those of which the mail has a one-time secret, or may have one. */
export const secretMailKinds = [
  "verify_email",
  "reset_password",
  "set_password",
  "already_registered",
  "confirm_email_change",
  "email_changed_notice",
  "unproved_email_changed_notice",
  "email_restored_notice",
  "step_up_code",
] as const satisfies QueuedMailKind[];
export type SecretMailKind = (typeof secretMailKinds)[number];

/** A mail to send, decided at delivery by the flow that it belongs to. */
export interface MailPlan {
  mail: MailKind;
  /** The stored address, never the typed one. */
  to: string;
  /** Minted just before the mail is sent; null for mails that only inform. */
  secret: PlannedSecret | null;
  /** The front-end page that the mail links to. */
  page: LinkPage | null;
}

export interface PlannedSecret {
  purpose: SecretPurpose | "step_up";
  userId: string;
  minutes: number;
  /**
   * Whether the link is its mailbox's first proof, and somebody other than whoever registered the account has asked for
   * it: from then on, all links to an unproved address lead to choosing a password.
   */
  takesOver: boolean;
}

/** Marks the stored secrets of such links. */
export const takeOverPayload = "take_over";

/** A queued mail as a flow sees it just before delivery. */
export type QueuedEntry = Pick<ClaimedEntry, "userId" | "credentialVersion"> & { address: string };

/** A mail that only informs. */
export function notice(mail: MailKind, to: string): MailPlan {
  return { mail, to, secret: null, page: null };
}

/** A mail with a one-time secret, and the page that consumes it. */
export function secretMail(
  user: UserRow,
  to: string,
  { mail, purpose, minutes }: { mail: MailKind; purpose: SecretPurpose; minutes: number },
): MailPlan {
  return { mail, to, secret: { purpose, userId: user.id, minutes, takesOver: false }, page: purpose };
}

/** The same mail, with a link that takes an unproved account over. */
export function takingOver(plan: MailPlan | null): MailPlan | null {
  return plan?.secret ? { ...plan, secret: { ...plan.secret, takesOver: true } } : plan;
}
