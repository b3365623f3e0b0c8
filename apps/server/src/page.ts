import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { Site } from "./site.js";

export type Markup = ReturnType<typeof html>;

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 30rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: anywhere }
header { font-weight: 600 }
label, input, button { display: block; font: inherit }
label { margin-top: 1rem; font-weight: 600 }
input { box-sizing: border-box; width: 100%; padding: .5rem }
button { margin-top: 1.5rem; padding: .6rem 1.2rem; border: 0; border-radius: 6px; background: #1d4ed8; color: #fff; font-weight: 600; cursor: pointer }
[role=alert] { margin-top: .5rem; padding: .5rem .8rem; border-left: 4px solid #b91c1c; background: #b91c1c1a }
.hint { margin: .2rem 0; font-size: .9rem }
article { margin-top: 1.5rem; border-top: 1px solid #8888 }
pre { white-space: pre-wrap; font: .9rem/1.4 ui-monospace, monospace }
`;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * For every page: nothing is loaded, framed or cached, and the address, which may contain a token, is not passed on.
 */
export const pageHeaders = {
  "content-security-policy": policy,
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
} as const;

interface Page {
  site: Site;
  title: string;
  body: Markup;
  /** For a page that is not in the site's language. */
  language?: string;
  refreshSeconds?: number;
}

/** A whole page, with the app's name on it. Anything that is not markup already is escaped. */
export function page({ site, title, body, language = site.words.language, refreshSeconds }: Page): Markup {
  const { appName } = site;
  const isAppName = title === appName;
  const refresh = refreshSeconds ? html`<meta http-equiv="refresh" content="${refreshSeconds}">` : "";
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
${refresh}<title>${isAppName ? title : `${title} · ${appName}`}</title>
<style>${raw(style)}</style>
</head>
<body>
${isAppName ? "" : html`<header>${appName}</header>`}
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}
