import { html } from "hono/html";
import type { Refusal } from "./in-process.js";
import type { Field, Landing } from "./landings.js";
import { type Markup, page } from "./page.js";
import type { Site } from "./site.js";
import type { Words } from "./words/words.js";

interface FormState {
  token: string;
  /** Masked; null if unknown. */
  email: string | null;
  refusal: Refusal | null;
}

/** The form: a button, and the fields to fill in. After a refusal it says why, and can be sent again. */
export function formPage(site: Site, landing: Landing, { token, email, refusal }: FormState): Markup {
  const { title, intro, button } = site.words.landings[landing.purpose];
  const faults = refusal?.fields ?? {};
  const body = html`<p>${intro(email)}</p>
${refusal && alert(sentenceFor(refusal, site.words))}
<form method="post" action="${site.base}${landing.path}">
<input type="hidden" name="token" value="${token}">
${landing.fields.map((field) => passwordField(site, field, faults[field.name] ?? []))}
<button>${button}</button>
</form>`;
  return page({ site, title, body });
}

/** The page shown after the form was accepted. */
export function donePage(site: Site, { purpose }: Landing): Markup {
  const { doneTitle, done } = site.words.landings[purpose];
  return page({ site, title: doneTitle, body: html`<p>${done}</p>` });
}

/** The reason for a link that belongs to another page; no procedure refuses with it. */
export const anotherPurpose = "ANOTHER_PURPOSE";

/** The page for a link that is useless, either here or altogether. */
export function deadPage(site: Site, { purpose }: Landing, reason: string): Markup {
  const { ends, deaths, landings } = site.words;
  const { title, renew, taken } = landings[purpose];
  if (reason === "EMAIL_TAKEN" && taken !== undefined) return page({ site, title, body: alert(taken) });
  if (isKeyOf(ends, reason)) return page({ site, title, body: alert(ends[reason]) });
  const death = isKeyOf(deaths, reason) ? deaths[reason] : deaths.TOKEN_INVALID;
  return page({ site, title, body: html`${alert(death)}<p>${renew}</p>` });
}

/** Whether the link itself was refused, so that trying again cannot succeed. */
export function isDead({ words }: Site, { reason, fields }: Refusal): boolean {
  return isKeyOf(words.ends, reason) || isKeyOf(words.deaths, reason) || "token" in fields;
}

function sentenceFor({ reason, retryAfter, requestId }: Refusal, { refusals, tooMany, failed }: Words): string {
  if (reason === "RATE_LIMITED") return tooMany(Math.max(1, Math.ceil((retryAfter ?? 60) / 60)));
  return isKeyOf(refusals, reason) ? refusals[reason] : failed(requestId);
}

function passwordField(site: Site, { name, label, hasHint }: Field, faults: Refusal["fields"][string]): Markup {
  const { labels, atLeast, fieldFaults } = site.words;
  const isInvalid = faults.length > 0 ? "true" : "false";
  return html`<label for="${name}">${labels[label]}</label>
<input id="${name}" name="${name}" type="password" autocomplete="new-password" required aria-invalid="${isInvalid}" aria-describedby="${name}-hint ${name}-fault">
${hasHint && html`<p class="hint" id="${name}-hint">${atLeast(site.minPasswordLength)}</p>`}
<div id="${name}-fault">${faults.map(({ reason, message }) => alert(fieldFaults[reason] ?? message))}</div>
`;
}

function alert(sentence: string): Markup {
  return html`<p role="alert">${sentence}</p>`;
}

function isKeyOf<T extends object>(record: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(record, key);
}
