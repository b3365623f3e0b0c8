import { loggableError } from "../log.js";
import type { MailKind, MailLanguage } from "./wording.js";

export type { MailKind, MailLanguage };

/** A mail to be rendered. None of it is free text from the person who caused the mail. */
export interface MailToRender {
  kind: MailKind;
  language: MailLanguage;
  appName: string;
  to: string;
  /** The front-end page, with the secret if there is one; null for a mail that only informs. */
  link: string | null;
  /** What the reader types instead of following a link, in the one kind that has it. */
  code: string | null;
  /** How long the link or the code works; null for a link that does not expire. */
  validMinutes: number | null;
  /** When the thing this mail is about was requested, or happened. */
  at: Date;
  ip: string | null;
  /** "Firefox, Linux", or null */
  device: string | null;
}

/** What a mail says, as text and as HTML. The text must contain the link, or the code, unchanged. */
export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/**
 * Renders mails instead of Keywright: null falls back to the built-in text. It must escape its own HTML. If it throws,
 * the mail is retried later; the message is not logged, since it could contain the link.
 */
export type RenderMail = (mail: MailToRender) => RenderedMail | null | Promise<RenderedMail | null>;

/** One finished e-mail to one person. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  links: string[];
  /** The same for every attempt at one mail, so that a mailbox can drop duplicates. */
  messageId: string;
}

/** Delivers mails: over SMTP, or to the development mailbox. */
export interface Mailer {
  /** Rejects with a `mailFailure`; any other error means that this mail is worth another attempt. */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

const mailFailureKinds = ["address", "rejected", "mail", "server"] as const;

/**
 * What a failed attempt means. `address`: there is no such mailbox, so the mail is given up. `rejected`: possibly the
 * same, so the third time within a day is the last. `mail`: a problem with this mail, which is retried until it is too
 * old. `server`: no mail gets through at the moment, so all mails wait, and the attempt does not count against this
 * one.
 */
export type MailFailureKind = (typeof mailFailureKinds)[number];

/** Why a mail was not accepted. It is logged, so it contains codes only: no address, no text, no server name. */
export interface MailFailure extends Error {
  name: "MailFailure";
  kind: MailFailureKind;
}

/** A failed delivery, for a mailer to throw. `code` is logged: it must not contain anything from the mail. */
export function mailFailure(kind: MailFailureKind, code: string): MailFailure {
  const failure = loggableError(`Mail not delivered (${kind}): ${code}`);
  return Object.assign(failure, { name: "MailFailure" as const, kind });
}

/** Whether the server refused our password, as opposed to being away. */
export function isLockedOut({ message }: Error): boolean {
  return /\bE(?:AUTH|NOAUTH|OAUTH2)\b|\b53[0458]\b/.test(message);
}

/** The kind of any error from a mailer. Matched by name, since an app may have another copy of this package. */
export function mailFailureKind(error: unknown): MailFailureKind {
  if (!(error instanceof Error) || error.name !== "MailFailure" || !("kind" in error)) return "mail";
  return mailFailureKinds.find((kind) => kind === error.kind) ?? "mail";
}
