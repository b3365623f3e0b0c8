import type { TestApp } from "./app.js";

export type MailedPage =
  | "/verify-email"
  | "/reset-password"
  | "/set-password"
  | "/confirm-email"
  | "/undo-email-change";

/** The token of the latest link to `page` that was mailed to an address, ignoring other mails sent since. */
export async function mailedToken(app: TestApp, to: string, page: MailedPage): Promise<string> {
  await app.mailTo(to);
  const links = app.mails.filter((mail) => mail.to === to).flatMap((mail) => mail.links.map((link) => new URL(link)));
  const token = links.findLast((link) => link.pathname === page)?.searchParams.get("token");
  if (!token) throw new Error(`No link to ${page} was mailed to ${to}.`);
  return token;
}

/** Chooses a password by mail, like the owner of an old mailbox who has undone a change of address. */
export async function choosePassword(app: TestApp, to: string, newPassword: string): Promise<void> {
  await app.visitor().password.set.mutate({ token: await mailedToken(app, to, "/set-password"), newPassword });
}

/** The subjects of all mails to an address, oldest first. */
export async function subjectsTo(app: TestApp, to: string): Promise<string[]> {
  await app.keywright.deliverMail();
  return app.mails.filter((mail) => mail.to === to).map(({ subject }) => subject);
}
