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
  /** Rejects with a `MailFailure`; `isPermanentMailFailure` tells whether another attempt is worth it. */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

/** Why a mail was not taken. It goes into logs, so it holds codes only: no address, no text, no server name. */
export interface MailFailure extends Error {
  name: "MailFailure";
  permanent: boolean;
}

/** A failed delivery: permanent where the same mail would be refused again. */
export function mailFailure(permanent: boolean, code: string): MailFailure {
  const kind = permanent ? "permanent" : "temporary";
  return Object.assign(tellableError(`Mail not delivered (${kind}): ${code}`), {
    name: "MailFailure" as const,
    permanent,
  });
}

/** Whether the reader's side refused for good. Anything not known to be permanent is worth another attempt. */
export function isPermanentMailFailure(error: unknown): boolean {
  return isMailFailure(error) && error.permanent;
}

// By name too: nodemailer's own errors have a `permanent`, and it counts our misconfiguration as permanent.
function isMailFailure(error: unknown): error is MailFailure {
  return error instanceof Error && error.name === "MailFailure" && "permanent" in error;
}
