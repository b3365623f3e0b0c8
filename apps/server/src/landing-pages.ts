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

/** The link is of no use any more. */
export function deadPage({ title, renew }: Landing, reason: string): Markup {
  if (reason === "ALREADY_VERIFIED") {
    return page({
      title,
      body: alert("This e-mail address is verified already. You can close this page and sign in."),
    });
  }
  const why =
    reason === "TOKEN_EXPIRED"
      ? "This link has expired."
      : "This link is not complete, was used already, or a newer one has taken its place.";
  return page({ title, body: html`${alert(why)}<p>${renew}</p>` });
}

/** Whether it is the link that was refused, so that no other try with it can succeed. */
export function isDead({ reason, fields }: Refusal): boolean {
  return ["TOKEN_INVALID", "TOKEN_EXPIRED", "ALREADY_VERIFIED"].includes(reason) || "token" in fields;
}

function sentenceFor({ reason, retryAfter, requestId }: Refusal): string {
  switch (reason) {
    case "VALIDATION":
      return "The password was not changed. See what is wrong below; your link still works.";
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
