export type { MailKind } from "./english.js";

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
  return Object.assign(new Error(`Mail not delivered (${kind}): ${code}`), { name: "MailFailure" as const, permanent });
}

/** Whether the reader's side refused for good. Anything not known to be permanent is worth another attempt. */
export function isPermanentMailFailure(error: unknown): boolean {
  return isMailFailure(error) && error.permanent;
}

// By name too: nodemailer's own errors have a `permanent`, and it counts our misconfiguration as permanent.
function isMailFailure(error: unknown): error is MailFailure {
  return error instanceof Error && error.name === "MailFailure" && "permanent" in error;
}
