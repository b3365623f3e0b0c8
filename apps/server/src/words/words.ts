/** What a page of a mailed link says, besides what all of them say. */
export interface LandingWords {
  title: string;
  /** Above the form; the address is masked, and null where it is not known. */
  intro(email: string | null): string;
  button: string;
  doneTitle: string;
  done: string;
  /** What to do about a link that no longer works. */
  renew: string;
}

/** What the pages say in one language. */
export interface Words {
  /** For `lang`, after BCP 47. */
  language: string;
  landings: Record<LandingPurpose, LandingWords>;
  labels: Record<"password" | "newPassword" | "again" | "newAgain", string>;
  atLeast(characters: number): string;
  /** By reason: nothing is left to do with the link. */
  ends: Record<"ALREADY_VERIFIED" | "PASSWORD_ALREADY_SET" | "EMAIL_TAKEN", string>;
  /** By reason: another link is needed. */
  deaths: Record<"TOKEN_INVALID" | "TOKEN_EXPIRED" | "ANOTHER_PURPOSE", string>;
  /** By reason: the form can be sent again. */
  refusals: Record<"VALIDATION" | "FORBIDDEN" | "UNAVAILABLE", string>;
  tooMany(minutes: number): string;
  failed(requestId: string): string;
  /** By reason, for a field. The procedure's own message is said where there is none. */
  fieldFaults: Partial<Record<string, string>>;
  front: { about: string; development: string; mailbox: string };
}

/** What a mailed link can be for. */
export type LandingPurpose = "verify_email" | "reset_password" | "set_password" | "change_email" | "undo_email_change";
