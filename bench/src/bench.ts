import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startPostgres } from "./postgres.js";
import { type Program, startProgram } from "./processes.js";
import { type Findings, reportOf, targetsOf } from "./report.js";
import { fullPlans, isSmooth, reportOfGrowth } from "./scale/growth-report.js";
import { measureGrowth } from "./scale/scale.js";
import { measureSessionChecks } from "./session-check.js";
import { isHeld, measureSiege, reportOfSiege } from "./siege.js";
import { measureSignIns } from "./sign-in.js";
import { startBetterAuth, startKeywright } from "./sites.js";
import { measureStorms } from "./storm.js";

const full = {
  checks: { rounds: 5, seconds: 3 },
  signIns: { rounds: 5, seconds: 4 },
  storms: { rounds: 3, seconds: 6 },
  siege: { rounds: 3, seconds: 10 },
};
const quick = {
  checks: { rounds: 1, seconds: 1 },
  signIns: { rounds: 1, seconds: 2 },
  storms: { rounds: 1, seconds: 2 },
  siege: { rounds: 1, seconds: 5 },
};
const page = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const written = /(?<=<!-- npm run bench -- --write -->\n).*(?=\n<!-- end -->)/s;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    write: { type: "boolean" },
    siege: { type: "boolean" },
    scale: { type: "boolean" },
    users: { type: "string" },
  },
});
const [loadBefore = 0] = loadavg();
process.exitCode = (await (values.scale ? grow() : values.siege ? besiege() : compare())) ? 0 : 1;

/** Whether all targets were met. */
async function compare(): Promise<boolean> {
  const findings = await measure(values.quick ? quick : full);
  const report = `${headline("npm run bench")}\n\n${reportOf(findings)}`;
  console.log(report);
  if (values.write)
    await writeFile(
      page,
      (await readFile(page, "utf8")).replace(written, () => report),
    );
  return targetsOf(findings).every(({ isMet }) => isMet);
}

async function besiege(): Promise<boolean> {
  const postgres = await startPostgres();
  const keywright = await startKeywright(postgres);
  try {
    const siege = await measureSiege(keywright, values.quick ? quick.siege : full.siege, progress);
    console.log(`${headline("npm run bench -- --siege")}\n\n${reportOfSiege(siege)}`);
    return isHeld(siege);
  } finally {
    await keywright.program.stop();
    await postgres.stop();
  }
}

async function grow(): Promise<boolean> {
  const growth = await measureGrowth(Number(values.users ?? 10_000_000), progress);
  if (growth === null) return false;
  console.log(`${headline("npm run bench -- --scale")}\n\n${reportOfGrowth(growth)}\n\n${fullPlans(growth)}`);
  return isSmooth(growth);
}

async function measure(sizes: typeof full): Promise<Findings> {
  const programs: Program[] = [];
  const postgres = await startPostgres();
  try {
    const keywright = await startKeywright(postgres);
    const betterAuth = await startBetterAuth(postgres);
    const raw = await startProgram("raw", keywright.database);
    const bareTrpc = await startProgram("bare-trpc");
    const bcrypt = await startProgram("bcrypt");
    programs.push(keywright.program, betterAuth.program, raw, bareTrpc, bcrypt);
    const checks = await measureSessionChecks({ keywright, betterAuth, raw, bareTrpc }, sizes.checks, progress);
    const signIns = await measureSignIns({ keywright, betterAuth, bcrypt }, sizes.signIns, progress);
    const storms = await measureStorms({ keywright, betterAuth }, sizes.storms, progress);
    const memory = {
      keywright: await keywright.program.usage(),
      betterAuth: await betterAuth.program.usage(),
      raw: await raw.usage(),
    };
    return { checks, signIns, storms, memory };
  } finally {
    for (const program of programs) await program.stop();
    await postgres.stop();
  }
}

function progress(line: string): void {
  console.error(`${process.uptime().toFixed(0).padStart(4)} s  ${line}`);
}

function headline(command: string): string {
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${memory} GB, ${process.platform}`;
  const others = `other programs' load ${loadBefore.toFixed(1)}`;
  return `${day} · ${machine} · ${others} · Node ${process.versions.node} · \`${command}\``;
}
