/** The languages that mails are written in. */
export const mailLanguages = ["en", "de"] as const;
export type MailLanguage = (typeof mailLanguages)[number];

/** What a mail is about. Each goes to the account's address unless its comment says otherwise. */
export const mailKinds = [
  /** The link verifies the mailbox. */
  "verify_email",
  /** The link lets its reader choose a new password. */
  "reset_password",
  /** The link lets its reader choose the first password of an account that has none. */
  "set_password",
  /** Somebody tried to sign up with the address of this account. */
  "already_registered",
  /** To the new address: the link verifies the mailbox and completes the change. */
  "confirm_email_change",
  /** To the owner of an address that somebody tried to move to another account. */
  "email_in_use",
  /** To the old address, after a change. The link undoes it. */
  "email_changed_notice",
  /** To the address that an undo brought back. The link lets its reader choose a new password. */
  "email_restored_notice",
  "password_changed_notice",
  "password_reset_notice",
  "password_set_notice",
  /** Wrong passwords were tried many times; sent once, until a right one. */
  "password_guesses_notice",
  /** A sign-in from a new device. */
  "new_sign_in_notice",
  /** A refresh token was used twice, so its device was signed out. */
  "refresh_reused_notice",
  /** A refresh token was used from two places, and its device is still signed in. */
  "refresh_shared_notice",
  "archived_notice",
  /** An archived account was restored by signing in. */
  "unarchived_notice",
  "deleted_notice",
  "deactivated_notice",
  /** The code lets an account without a password authenticate again. */
  "step_up_code",
  /** A way to sign in was added. */
  "identity_connected_notice",
  "identity_disconnected_notice",
  /** Somebody signed in with a provider that has this address, but is not connected. */
  "sign_in_conflict_notice",
] as const;
export type MailKind = (typeof mailKinds)[number];

/** What one e-mail says. Fixed text plus the app's name: text chosen by a user is never mailed. */
export interface Wording {
  subject: string;
  /** Paragraphs above the link. */
  intro: readonly string[];
  /** The label of the link's button. */
  button: string;
  /** Advice for a reader who did not cause this mail. */
  advice: string;
}

/** All e-mails of one language. A missing kind is a compile error. */
export interface Language {
  validFor(duration: string): string;
  codeValidFor(duration: string): string;
  openLink: string;
  when: string;
  ip: string;
  device: string;
  mails: Record<MailKind, (app: string) => Wording>;
}
