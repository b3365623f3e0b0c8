/** What the page of one mailed link says, besides what all of them say. */
export interface LandingWords {
  title: string;
  /** Above the form; the address is masked, or null if unknown. */
  intro(email: string | null): string;
  button: string;
  doneTitle: string;
  done: string;
  /** What to do about a link that no longer works. */
  renew: string;
  /** What to do if another account has the address by now, if that is not what `ends` says. */
  taken?: string;
}

/** What the pages say in one language. */
export interface Words {
  /** For the `lang` attribute, as in BCP 47. */
  language: string;
  landings: Record<LandingPurpose, LandingWords>;
  labels: Record<"password" | "newPassword" | "again" | "newAgain", string>;
  atLeast(characters: number): string;
  /** By reason: there is nothing left to do with the link. */
  ends: Record<"ALREADY_VERIFIED" | "PASSWORD_ALREADY_SET" | "EMAIL_TAKEN", string>;
  /** By reason: another link is needed. */
  deaths: Record<"TOKEN_INVALID" | "TOKEN_EXPIRED" | "ANOTHER_PURPOSE", string>;
  /** By reason: the form can be sent again. */
  refusals: Record<"VALIDATION" | "FORBIDDEN" | "UNAVAILABLE", string>;
  tooMany(minutes: number): string;
  failed(requestId: string): string;
  /** By reason, for a field. If there is none, the procedure's own message is shown. */
  fieldFaults: Partial<Record<string, string>>;
  front: { about: string; development: string; mailbox: string; trial: string };
}

/** The purposes of mailed links. */
export type LandingPurpose = "verify_email" | "reset_password" | "set_password" | "change_email" | "undo_email_change";
