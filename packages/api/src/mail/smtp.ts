import type { SendMailOptions } from "nodemailer";
import { toEmailAddress } from "../inputs/email-address.js";
import { type Mail, type Mailer, mailFailure } from "./mail.js";
import { smtpFailure } from "./smtp-failure.js";

export interface SmtpSettings {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…` (TLS from the start). */
  url: string;
  /** `Keywright <no-reply@example.com>`, or the address alone. */
  from: string;
  /** Refuse to send anything, including the password, to a server without TLS. */
  requireTls: boolean;
  /** For connecting and the greeting; a pause later on may take twice as long, a whole `send` three times. */
  timeoutMs?: number;
}

/** Delivers over SMTP. Throws an `Error` at once that names `SMTP_URL` or `MAIL_FROM` if that setting is unusable. */
export function createSmtpMailer(settings: SmtpSettings): Mailer {
  const { from, timeoutMs = defaultTimeoutMs } = settings;
  const options = transportOptions(settings);
  const sender = parseSender(from);
  let transport: ReturnType<typeof openTransport> | null = null;
  return {
    async send(mail) {
      if (!isPlainAddress(mail.to)) throw mailFailure("address", "EENVELOPE");
      // A server that trickles its answer never triggers a socket timeout.
      const signal = AbortSignal.timeout(3 * timeoutMs);
      transport ??= openTransport(options);
      try {
        await (await transport).sendMail({ ...toMessage(mail, sender), signal });
      } catch (error) {
        throw smtpFailure(error);
      }
    },
    async close() {
      transport ??= openTransport(options);
      (await transport).close();
    },
  };
}

/**
 * Whether the server lets us in: connects, greets, turns to TLS and signs in as for a mail, and sends none. Rejects with a
 * `mailFailure`.
 */
export async function verifySmtp(settings: SmtpSettings): Promise<void> {
  const transport = await openTransport(transportOptions(settings));
  try {
    await transport.verify();
  } catch (error) {
    throw smtpFailure(error);
  } finally {
    transport.close();
  }
}

const defaultTimeoutMs = 10_000;

/** Loaded with the first mail: many processes never send one. */
async function openTransport(options: ReturnType<typeof transportOptions>) {
  const { createTransport } = await import("nodemailer");
  return createTransport(options);
}

function transportOptions({ url, requireTls, timeoutMs = defaultTimeoutMs }: SmtpSettings) {
  const server = parseServer(url);
  return {
    ...server,
    requireTLS: requireTls && !server.secure,
    pool: true as const,
    // As many as the outbox sends at once: a recipient whose server hangs has one to itself.
    maxConnections: 30,
    // One retry, for a pooled connection that went stale; further attempts are up to the outbox.
    maxRequeues: 1,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    // Longer than the two above: if they ended together, chance would say whether the server or the mail is at fault.
    socketTimeout: 2 * timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface Sender {
  name: string;
  address: string;
}

// nodemailer parses strings, in the envelope too: "Bob <evil@x.test> <a@x.test>" would go to evil. Objects are not
// parsed.
function toMessage(mail: Mail, sender: Sender): SendMailOptions {
  const to = { name: "", address: mail.to };
  return {
    from: sender,
    to,
    envelope: { from: { name: "", address: sender.address }, to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: mail.messageId,
    // RFC 3834: out-of-office responders and list software do not reply to such a mail.
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

// Deliberately narrower than RFC 5322: nothing that a mail server might read as quoting, routing or a second address.
function isPlainAddress(address: string): boolean {
  return address.length <= 254 && /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(address);
}

function parseSender(from: string): Sender {
  const [, name = "", typed = from.trim()] = /^([^<>]*)<([^<>]*)>$/.exec(from.trim()) ?? [];
  // Of this machine alone, too: `no-reply@localhost`.
  const address = toEmailAddress(typed) ?? typed;
  const plainName = name.trim().replace(/^"(.*)"$/, "$1");
  if (isPlainAddress(address) && !/[\p{Cc}"]/u.test(plainName)) return { name: plainName, address };
  throw new Error('MAIL_FROM must be one address, as in "Keywright <no-reply@example.com>".');
}

interface Server {
  host: string;
  port: number | undefined;
  secure: boolean;
  auth: { user: string; pass: string } | undefined;
}

// Not left to nodemailer: it would let "?requireTLS=false" in the URL override our options.
function parseServer(url: string): Server {
  const parts = URL.canParse(url) ? new URL(url) : null;
  if (!parts || !isServerOnly(parts)) throw badUrl();
  return {
    host: parts.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parts.port ? Number(parts.port) : undefined,
    secure: parts.protocol === "smtps:",
    auth: parts.username ? { user: decode(parts.username), pass: decode(parts.password) } : undefined,
  };
}

function isServerOnly({ protocol, hostname, pathname, search, hash }: URL): boolean {
  const isSmtp = protocol === "smtp:" || protocol === "smtps:";
  return isSmtp && hostname !== "" && pathname.length <= 1 && search === "" && hash === "";
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badUrl();
  }
}

// Without the URL and without a cause: both contain the password.
function badUrl(): Error {
  return new Error(
    "SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465 with nothing after it, " +
      "with the special characters of user and password percent-encoded.",
  );
}
