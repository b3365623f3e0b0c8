import { verifySmtp } from "../mail/smtp.js";
import type { Config } from "./config.js";
import { type Finding, fine, wrong } from "./finding.js";

type MailSettings = Pick<Config, "smtp" | "mailer" | "isProduction">;

/** Whether the mail server lets us in, by a handshake that sends nothing. Never rejects. */
export async function examineMail({ smtp, mailer, isProduction }: MailSettings): Promise<Finding[]> {
  if (mailer) return [fine("Mail", "delivered by the `mailer` of the settings file, which is not tried here.")];
  if (!smtp) return [fine("Mail", "kept in the development mailbox: SMTP_URL is not set.")];
  try {
    await verifySmtp({ ...smtp, requireTls: isProduction });
    return [fine("Mail", "the server at SMTP_URL lets us in.")];
  } catch (error) {
    return [wrong("Mail", `the server at SMTP_URL ${faultOf(error)}.`)];
  }
}

/** The codes in a mail failure's message, and what they mean for who set the address. */
const faults: readonly [code: RegExp, sentence: string][] = [
  [/\bE(?:AUTH|NOAUTH|OAUTH2)\b/, "refuses this user or password"],
  [/\bE(?:TLS)\b/, "does not speak TLS, or has a certificate that this machine does not trust"],
  [/\b(?:EDNS|ENOTFOUND|EAI_AGAIN)\b/, "has a name that cannot be resolved"],
  [
    /\b(?:ECONNREFUSED|ETIMEDOUT|ECONNECTION|ESOCKET|EHOSTUNREACH|ENETUNREACH|ECONNRESET)\b/,
    "does not answer: start it, or correct host and port",
  ],
];

function faultOf(error: unknown): string {
  const codes = error instanceof Error ? error.message.replace(/^.*: /, "") : "UNKNOWN";
  const [, sentence = "refuses the handshake"] = faults.find(([code]) => code.test(codes)) ?? [];
  return `${sentence} (${codes})`;
}
