import type { NodemailerError } from "nodemailer";
import { type MailFailure, type MailFailureKind, mailFailure } from "./mail.js";

/**
 * What nodemailer's error means for the mail, as codes only: its message may contain addresses and the server's text.
 */
export function smtpFailure(error: unknown): MailFailure {
  if (!isSmtpError(error)) return mailFailure("mail", "UNKNOWN");
  const codes = [error.code, error.responseCode ?? error.originalCode, enhancedCode(error)];
  return mailFailure(kindOf(error), codes.filter(Boolean).join(" ") || "UNKNOWN");
}

function kindOf(error: NodemailerError): MailFailureKind {
  if (isAway(error)) return "server";
  if (error.code !== "EENVELOPE" && error.code !== "EMESSAGE") return "mail";
  if (error.code === "EENVELOPE" && error.command === "API") return "address";
  return kindOfReply(error);
}

const setUpCodes = ["EDNS", "ETLS", "EAUTH", "ENOAUTH", "EOAUTH2", "EPROXY", "ECONFIG"];
const setUpCommands = ["EHLO", "LHLO", "HELO", "STARTTLS"];
const lost = ["ECONNRESET", "ECONNABORTED", "EPIPE"];

/**
 * Whether no mail gets through at all: the server cannot be reached, or does not let us in. A connection lost later
 * does not count: the relay may be choking on this mail, or on its recipient's server, and others must not wait for
 * that.
 */
function isAway({ code = "", command = "", responseCode, ...error }: NodemailerError): boolean {
  if (setUpCodes.includes(code) || setUpCommands.includes(command)) return true;
  if (code === "ETIMEDOUT") return error.timeoutType !== undefined && error.timeoutType !== "SOCKET_TIMEOUT";
  if (code === "ESOCKET") return !lost.includes(error.originalCode ?? "");
  // The pool's own error for a server that hangs up before its greeting has no command.
  if (code === "ECONNECTION") return command === "";
  if (code === "EPROTOCOL") return command === "CONN";
  // The sender is the same in all mails; only the size (552) is specific to one. 530 asks for a login.
  return responseCode === 530 || (command === "MAIL FROM" && responseCode !== undefined && responseCode !== 552);
}

/** For a recipient without an enhanced code, these mean an unknown mailbox as often as a policy. */
const perhapsUnknown = [550, 551, 553];

/**
 * RFC 3463: 5.1.x and 5.2.1 say that the address is unusable, except 5.1.7 and 5.1.8, which are about the sender's.
 * Everything else (relaying denied, an unverified sender, a full mailbox) can be fixed.
 */
function kindOfReply(error: NodemailerError): MailFailureKind {
  const enhanced = enhancedCode(error);
  if (/^5\.1\.(?![78]$)|^5\.2\.1$/.test(enhanced)) return "address";
  const isOfRecipient = enhanced === "" && error.command === "RCPT TO";
  return isOfRecipient && perhapsUnknown.includes(error.responseCode ?? 0) ? "rejected" : "mail";
}

function enhancedCode({ response = "" }: NodemailerError): string {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? "";
}

function isSmtpError(error: unknown): error is NodemailerError {
  return error instanceof Error;
}
