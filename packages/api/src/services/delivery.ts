import type { MailKind } from "../mail/mail.js";
import type { SecretPurpose } from "../types.js";

/** A mail that is to be sent, decided at delivery by the flow that it belongs to. */
export interface Delivery {
  mail: MailKind;
  /** The stored address, never the typed one. */
  to: string;
  /** Minted when the mail is about to leave; null for mails that only tell. */
  secret: { purpose: SecretPurpose; userId: string; minutes: number } | null;
  /** Page of the front end that the mail links to. */
  path: string | null;
}
