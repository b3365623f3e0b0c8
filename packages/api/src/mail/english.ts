/** What one e-mail says. Fixed text, but for the name of the app: no words that a user chose are ever mailed. */
export interface Wording {
  subject: string;
  /** Paragraphs above the link. */
  intro: readonly string[];
  /** The label of the link's button. */
  button: string;
  /** What to do for a reader who did not cause this mail. */
  advice: string;
}

/** All e-mails of one language. A second language is a second `Language<MailKind>`. */
export interface Language<Kind extends string = string> {
  locale: string;
  validFor(duration: string): string;
  openLink: string;
  when: string;
  ip: string;
  device: string;
  mails: Record<Kind, (app: string) => Wording>;
}

/** Every e-mail that Keywright sends, in English. A new kind of mail is a new entry under `mails`. */
export const english = {
  locale: "en",
  validFor: (duration) => `This link works once, for ${duration}.`,
  openLink: "If the button does not work, open this link in your browser:",
  when: "When",
  ip: "IP address",
  device: "Device",
  mails: {
    verify_email: (app) => ({
      subject: `Verify your e-mail address for ${app}`,
      intro: [`This e-mail address was entered at ${app}. If that was you, verify that the address is yours:`],
      button: "Verify e-mail address",
      advice: `If this was not you, do not open the link: without it, nobody can use your address at ${app}.`,
    }),
    reset_password: (app) => ({
      subject: `Reset your ${app} password`,
      intro: [`Somebody asked for a new password for your ${app} account. If that was you, choose one here:`],
      button: "Choose a new password",
      advice: "If this was not you, ignore this e-mail: your password stays as it is, and only you have this link.",
    }),
    set_password: (app) => ({
      subject: `Choose a password for ${app}`,
      intro: [`Your ${app} account has no password yet. To sign in with one, choose it here:`],
      button: "Choose a password",
      advice: "If you did not ask for this, ignore this e-mail: nothing changes, and only you have this link.",
    }),
    already_registered: (app) => ({
      subject: `You already have an account at ${app}`,
      intro: [
        `Somebody, most likely you, tried to sign up at ${app} with this e-mail address. It has an account already.`,
        "Sign in as usual. If you no longer know the password, you can reset it there.",
      ],
      button: `Go to ${app}`,
      advice:
        "If this was not you, you need not do anything: whoever it was has not been told that you have an account.",
    }),
    password_reset_notice: (app) => ({
      subject: `Your ${app} password was reset`,
      intro: [`The password of your ${app} account was reset, and the account was signed out everywhere.`],
      button: `Go to ${app}`,
      advice:
        "If this was not you, somebody can read your e-mail. Secure your mailbox first, then reset this password again.",
    }),
    password_set_notice: (app) => ({
      subject: `Your ${app} account has a password now`,
      intro: [`A password was set for your ${app} account. From now on it can be used to sign in.`],
      button: `Go to ${app}`,
      advice:
        "If this was not you, somebody can read your e-mail. Secure your mailbox first, then reset this password.",
    }),
  },
} as const satisfies Language;

/** The kinds of mail; the entries above. */
export type MailKind = keyof typeof english.mails;
