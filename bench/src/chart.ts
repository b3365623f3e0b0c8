import type { Candidate } from "./interleave.js";
import type { Checks, SessionChecks } from "./session-check.js";
import { median } from "./statistics.js";
import { whole } from "./tables.js";

interface Bar {
  name: string;
  perSecond: number;
  isOurs: boolean;
}

const width = 760;
const barsFrom = 270;
const longestBar = 400;
const rowHeight = 30;
const top = 64;

/** Session checks a second, as a picture in SVG. Its background and inks follow the reader's scheme, light or dark. */
export function chartOf(checks: SessionChecks, caption: string): string {
  const bars = barsOf(checks);
  const longest = Math.max(...bars.map(({ perSecond }) => perSecond));
  const height = top + bars.length * rowHeight + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(saidOf(bars))}">
${style}
<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<text class="title" x="20" y="30">Session checks a second</text>
<text class="note" x="20" y="50">1,000 signed-in callers over 50 connections; longer is better</text>
${bars.map((bar, row) => rowOf(bar, row, longest)).join("\n")}
<text class="note" x="20" y="${height - 16}">${escaped(caption)}</text>
</svg>
`;
}

const style = `<style>
text { font: 14px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 16px; }
.note { font-size: 12px; fill: #59636e; }
.paper { fill: #ffffff; stroke: #d1d9e0; }
.ours { fill: #0969da; }
.other { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .note { fill: #9198a1; }
  .paper { fill: #0d1117; stroke: #3d444d; }
  .ours { fill: #4493f8; }
  .other { fill: #656c76; }
}
</style>`;

function barsOf(checks: SessionChecks): Bar[] {
  const bar = (name: string, { results }: Candidate<Checks>, isOurs = false) => {
    return { name, perSecond: median(results.map(({ perSecond }) => perSecond)), isOurs };
  };
  return [
    bar("raw node:http + statement", checks.raw),
    bar("Keywright, bearer", checks.bearer, true),
    bar("Keywright, cookie", checks.cookie, true),
    bar("an app's own query", checks.app, true),
    bar("better-auth, cookie cache", checks.cookieCache),
    bar("better-auth, joins", checks.joins),
    bar("better-auth", checks.betterAuth),
  ];
}

function rowOf({ name, perSecond, isOurs }: Bar, row: number, longest: number): string {
  const y = top + row * rowHeight;
  const length = Math.max(1, (longestBar * perSecond) / longest).toFixed(1);
  return `<text x="${barsFrom - 12}" y="${y + 20}" text-anchor="end">${escaped(name)}</text>
<rect class="${isOurs ? "ours" : "other"}" x="${barsFrom}" y="${y + 6}" width="${length}" height="18" rx="2"/>
<text x="${(barsFrom + Number(length) + 8).toFixed(1)}" y="${y + 20}">${whole(perSecond)}</text>`;
}

function saidOf(bars: Bar[]): string {
  return `Session checks a second: ${bars.map(({ name, perSecond }) => `${name} ${whole(perSecond)}`).join(", ")}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
