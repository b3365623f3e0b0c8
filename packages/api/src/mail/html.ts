const markup = Symbol("markup");

/** Markup that is safe to send. Only `html` can make it; the symbol keeps parsed JSON from passing as markup. */
export interface Html {
  readonly [markup]: string;
}

type HtmlValue = string | number | null | Html | readonly HtmlValue[];

/**
 * Markup in which every value is escaped, for text and quoted attributes; nested `html` is kept, null renders nothing.
 */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const parts = strings.map((part, index) => part + markupOf(values[index] ?? null));
  return { [markup]: parts.join("") };
}

/** The finished markup as a string. */
export function markupOf(value: HtmlValue): string {
  if (value === null) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  if (markup in value) return value[markup];
  return value.map(markupOf).join("");
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
