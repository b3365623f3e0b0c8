import { z } from "zod";

const mailbox = z.array(
  z.object({ to: z.string(), subject: z.string(), text: z.string(), links: z.array(z.string()) }),
);
type MailboxEntry = z.output<typeof mailbox>[number];

const patienceMs = 15_000;

/** Waits for a mail that is not among `seen` yet, like a person checking the mailbox. */
export async function newMail(url: string, to: string, seen: number): Promise<MailboxEntry> {
  return await waitFor(url, to, (mails) => (mails.length > seen ? mails[0] : undefined));
}

/** Waits for a mail with a link to that page: other notices may arrive in between. */
export async function mailLinkingTo(url: string, to: string, page: string): Promise<MailboxEntry> {
  const isIt = ({ links }: MailboxEntry) => links.some((link) => new URL(link).pathname === page);
  return await waitFor(url, to, (mails) => mails.find(isIt));
}

/** Waits for the code that is mailed to that address. */
export async function codeMailedTo(url: string, to: string): Promise<string> {
  const codeIn = ({ text }: MailboxEntry) => /^\d{8}$/m.exec(text)?.[0];
  const mail = await waitFor(url, to, (mails) => mails.find((mail) => codeIn(mail) !== undefined));
  return codeIn(mail) ?? "";
}

async function waitFor(
  url: string,
  to: string,
  pick: (mails: MailboxEntry[]) => MailboxEntry | undefined,
): Promise<MailboxEntry> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const mail = pick(await mailsTo(url, to));
    if (mail) return mail;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`No mail arrived for ${to}.`);
}

/** The one-time token in a mail's link. */
export function tokenIn({ links }: MailboxEntry): string {
  const token = new URL(links[0] ?? "").searchParams.get("token");
  if (token === null) throw new Error("The mail has no link with a token.");
  return token;
}

async function mailsTo(url: string, to: string): Promise<MailboxEntry[]> {
  const response = await fetch(new URL("/dev/mailbox.json", url));
  if (!response.ok) throw new Error(`${url} has no development mailbox (${response.status}).`);
  return mailbox.parse(await response.json()).filter((mail) => mail.to === to);
}
