import { tellableError } from "../log.js";
import type { MailKind, MailLanguage } from "./wording.js";

export type { MailKind, MailLanguage };

/** A mail that is to be written. None of it is free text of whoever caused the mail. */
export interface MailToRender {
  kind: MailKind;
  language: MailLanguage;
  appName: string;
  to: string;
  /** The page of the front end, with the secret where there is one; null for a mail that only tells. */
  link: string | null;
  /** How long the link works; null for a link that does not expire. */
  validMinutes: number | null;
  /** When what this mail is about was asked for, or happened. */
  at: Date;
  ip: string | null;
  /** "Firefox, Linux", or null */
  device: string | null;
}

/** What a mail says, in both its forms. Its text must contain the link as it was given. */
export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/**
 * Writes mails in place of Keywright: null leaves a mail to the built-in texts. Escaping in the HTML is up to it.
 * Where it throws, the mail is tried again later; its message is not logged, since it could hold the link.
 */
export type RenderMail = (mail: MailToRender) => RenderedMail | null | Promise<RenderedMail | null>;

/** One finished e-mail to one person. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  links: string[];
  /** The same for every attempt at one mail, so that a mailbox can drop the second copy. */
  messageId: string;
}

/** Delivers mails: over SMTP, or into the development mailbox. */
export interface Mailer {
  /** Rejects with a `mailFailure`; anything else that it throws means that this mail is worth another attempt. */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

const mailFailureKinds = ["address", "rejected", "mail", "server"] as const;

/**
 * What a failed attempt says. `address`: there is no such mailbox, so the mail is given up. `rejected`: that may be
 * meant, so the third time in a day is the last. `mail`: something about this mail, which is tried again until it is too
 * old. `server`: no mail gets through now, so that all wait, and it does not count against this one.
 */
export type MailFailureKind = (typeof mailFailureKinds)[number];

/** Why a mail was not taken. It goes into logs, so it holds codes only: no address, no text, no server name. */
export interface MailFailure extends Error {
  name: "MailFailure";
  kind: MailFailureKind;
}

/** A failed delivery, for a mailer to throw. `code` is logged: it must not hold anything of the mail. */
export function mailFailure(kind: MailFailureKind, code: string): MailFailure {
  const failure = tellableError(`Mail not delivered (${kind}): ${code}`);
  return Object.assign(failure, { name: "MailFailure" as const, kind });
}

/** What any error of a mailer says. Known by its name, since an app may have another copy of this package. */
export function mailFailureKind(error: unknown): MailFailureKind {
  if (!(error instanceof Error) || error.name !== "MailFailure" || !("kind" in error)) return "mail";
  return mailFailureKinds.find((kind) => kind === error.kind) ?? "mail";
}
