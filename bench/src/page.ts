import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { chartOf } from "./chart.js";
import type { Findings } from "./findings.js";

const page = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const chart = fileURLToPath(new URL("../../docs/performance.svg", import.meta.url));
const written = /(?<=<!-- npm run bench -- --write -->\n).*(?=\n<!-- end -->)/s;
const picture = "![Session checks a second, as in the table below](performance.svg)";

/** When, on which machine, and how busy that was before; the command that repeats it. */
export function headline(command: string, loadBefore: number): string {
  return `${surroundings(loadBefore)} · Node ${process.versions.node} · \`${command}\``;
}

/** Puts the tables and the chart into `docs`. */
export async function writePage(report: string, { checks }: Findings, loadBefore: number): Promise<void> {
  const text = await readFile(page, "utf8");
  await writeFile(
    page,
    text.replace(written, () => `${picture}\n\n${report}`),
  );
  await writeFile(chart, chartOf(checks, surroundings(loadBefore)));
}

function surroundings(loadBefore: number): string {
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${memory} GB, ${process.platform}`;
  return `${day} · ${machine} · other programs' load ${loadBefore.toFixed(1)}`;
}
