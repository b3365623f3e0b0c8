import { html } from "hono/html";
import type { Refusal } from "./in-process.js";
import type { Field, Landing } from "./landings.js";
import { type Markup, page } from "./page.js";

interface FormState {
  token: string;
  /** Masked; null where it is not known. */
  email: string | null;
  refusal: Refusal | null;
}

/** The form: a button, and what has to be filled in. After a refusal it says why, and can be sent again. */
export function formPage(landing: Landing, { token, email, refusal }: FormState): Markup {
  const faults = refusal?.fields ?? {};
  const body = html`<p>${landing.intro(email)}</p>
${refusal && alert(sentenceFor(refusal))}
<form method="post" action="${landing.path}">
<input type="hidden" name="token" value="${token}">
${landing.fields.map((field) => passwordField(field, faults[field.name] ?? []))}
<button>${landing.button}</button>
</form>`;
  return page({ title: landing.title, body });
}

/** The form was accepted. */
export function donePage({ doneTitle, done }: Landing): Markup {
  return page({ title: doneTitle, body: html`<p>${done}</p>` });
}

/** What a page says of a link that is not its own; no procedure refuses with it. */
export const anotherPurpose = "ANOTHER_PURPOSE";

const invalid = "This link is not complete, was used already, or a newer one has taken its place.";

/** Refusals after which there is nothing left to do with the link. */
const ends = new Map([
  ["ALREADY_VERIFIED", "This e-mail address is verified already. You can close this page and sign in."],
  ["PASSWORD_ALREADY_SET", "This account has a password already. You can close this page and sign in with it."],
  [
    "EMAIL_TAKEN",
    "Another account has this e-mail address by now, so nothing was changed. You can close this page and sign in as before.",
  ],
]);

/** Refusals after which another link is needed. */
const deaths = new Map([
  ["TOKEN_INVALID", invalid],
  ["TOKEN_EXPIRED", "This link has expired."],
  [anotherPurpose, "This link is for another page. Open it just as it is in the e-mail."],
]);

/** The link is of no use, here or at all. */
export function deadPage({ title, renew }: Landing, reason: string): Markup {
  const end = ends.get(reason);
  if (end) return page({ title, body: alert(end) });
  return page({ title, body: html`${alert(deaths.get(reason) ?? invalid)}<p>${renew}</p>` });
}

/** Whether it is the link that was refused, so that no other try with it can succeed. */
export function isDead({ reason, fields }: Refusal): boolean {
  return ends.has(reason) || deaths.has(reason) || "token" in fields;
}

function sentenceFor({ reason, retryAfter, requestId }: Refusal): string {
  switch (reason) {
    case "VALIDATION":
      return "The password was not accepted. See what is wrong below; your link still works.";
    case "RATE_LIMITED":
      return `Too many attempts. Try again in ${minutes(retryAfter ?? 60)}.`;
    case "FORBIDDEN":
      return "This form was sent from another site, so nothing was done. If that was you, press the button here.";
    case "UNAVAILABLE":
      return "The service is busy or unavailable. Wait a moment and try again.";
    default:
      return `Something went wrong on our side. Try again, and if it stays so, tell us this number: ${requestId}`;
  }
}

function minutes(seconds: number): string {
  const count = Math.max(1, Math.ceil(seconds / 60));
  return count === 1 ? "a minute" : `${count} minutes`;
}

function passwordField({ name, label, hint }: Field, faults: { message: string }[]): Markup {
  const isInvalid = faults.length > 0 ? "true" : "false";
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="password" autocomplete="new-password" required aria-invalid="${isInvalid}" aria-describedby="${name}-hint ${name}-fault">
${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
<div id="${name}-fault">${faults.map(({ message }) => alert(message))}</div>
`;
}

function alert(sentence: string): Markup {
  return html`<p role="alert">${sentence}</p>`;
}
