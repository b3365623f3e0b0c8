import type { createMailbox, MailboxEntry } from "@keywright/api";
import { Hono } from "hono";
import { html } from "hono/html";
import type { App } from "./in-process.js";
import { onlyByLocalName } from "./local-host.js";
import { type Markup, page, pageHeaders } from "./page.js";
import type { Site } from "./site.js";

export type Mailbox = ReturnType<typeof createMailbox>;

const shownMails = 50;

/** The mails of a development server: a page for people, JSON for scripts. They contain live links. */
export function mailboxRoutes(mailbox: Mailbox, site: Site): Hono<App> {
  const routes = new Hono<App>();
  routes.use("/dev/mailbox", onlyByLocalName);
  routes.use("/dev/mailbox.json", onlyByLocalName);
  routes.get("/dev/mailbox", async (c) => c.html(mailboxPage(await mailbox.list(), site), 200, pageHeaders));
  routes.get("/dev/mailbox.json", async (c) => c.json(await mailbox.list(), 200, pageHeaders));
  return routes;
}

function mailboxPage(mails: MailboxEntry[], site: Site): Markup {
  const body = html`<p>Mails of this development server, newest first. Also as <a href="${site.base}/dev/mailbox.json">JSON</a>.</p>
${mails.length === 0 && html`<p>No mail yet.</p>`}
${mails.slice(0, shownMails).map((mail) => article(mail, site.words.language))}`;
  // For developers, so in English whatever the language of the mails.
  return page({ site, title: "Development mailbox", body, language: "en", refreshSeconds: 5 });
}

function article({ to, subject, text, links, sentAt }: MailboxEntry, language: string): Markup {
  return html`<article>
<h2 lang="${language}">${subject}</h2>
<p class="hint">To ${to}, <time datetime="${sentAt}">${sentAt}</time></p>
${links.map((link) => html`<p><a href="${link}">${link}</a></p>`)}
<pre lang="${language}">${text}</pre>
</article>
`;
}
