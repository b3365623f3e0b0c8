import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Mail, Mailer } from "./mail.js";

export interface MailboxEntry {
  to: string;
  subject: string;
  text: string;
  html: string;
  links: string[];
  /** ISO 8601. */
  sentAt: string;
}

export interface Mailbox extends Mailer {
  /** The newest 500 mails, newest first. */
  list(): Promise<MailboxEntry[]>;
}

const entrySchema = z.object({
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  links: z.array(z.string()),
  sentAt: z.string(),
}) satisfies z.ZodType<MailboxEntry>;

const keptMails = 500;

/**
 * The development mailbox: delivers into a folder, one file per mail, so that it survives restarts and processes that
 * share the folder see the same mails. Its files contain live links: only their owner can read them.
 */
export function createMailbox(folder: string, now: () => Date = () => new Date()): Mailbox {
  let lastMs = 0;

  return {
    async send(mail) {
      // Strictly increasing, to order two mails of one millisecond.
      lastMs = Math.max(now().getTime(), lastMs + 1);
      await saveMail(folder, mail, lastMs);
    },
    async list() {
      const names = await mailNames(folder);
      const entries = await Promise.all(names.slice(0, keptMails).map((name) => readEntry(join(folder, name))));
      return entries.filter((entry) => entry !== null);
    },
    async close() {},
  };
}

async function saveMail(folder: string, mail: Mail, sentMs: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const { messageId, ...content } = mail;
  const entry = entrySchema.parse({ ...content, sentAt: new Date(sentMs).toISOString() });
  const tag = `-${createHash("sha256").update(messageId).digest("hex").slice(0, 32)}.json`;
  const name = `${String(sentMs).padStart(15, "0")}${tag}`;

  const draft = join(folder, `.${randomUUID()}.tmp`);
  await writeFile(draft, JSON.stringify(entry), { mode: 0o600, flag: "wx" });
  await rename(draft, join(folder, name));

  const names = await mailNames(folder);
  const outdated = names.filter((other, index) => index >= keptMails || (other.endsWith(tag) && other !== name));
  await Promise.all(outdated.map((other) => rm(join(folder, other), { force: true })));
}

/** Newest first: a name begins with the time of sending. */
async function mailNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^\d{15}-[0-9a-f]{32}\.json$/.test(name)).sort((a, b) => (a < b ? 1 : -1));
}

/** Null for a file that is not a mail, or that another process has just removed. */
async function readEntry(path: string): Promise<MailboxEntry | null> {
  try {
    return entrySchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
