import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureAll, profileOnly, type Sizes } from "./compare.js";
import { startKeywright } from "./keywright-site.js";
import { headline, writePage } from "./page.js";
import { reportOfProfiles } from "./profiles.js";
import { reportOf } from "./report.js";
import { fullPlans, isSmooth, reportOfGrowth } from "./scale/growth-report.js";
import { measureGrowth } from "./scale/scale.js";
import { isHeld, measureSiege, reportOfSiege } from "./siege.js";
import { targetsOf } from "./targets.js";
import { withServers } from "./with-servers.js";

const full = {
  starts: { tries: 3 },
  checks: { warmUpCalls: 5_000, rounds: 5, seconds: 3 },
  signIns: { rounds: 4, seconds: 8 },
  storms: { rounds: 3, seconds: 6 },
  profiles: { seconds: 4 },
  siege: { rounds: 3, seconds: 10 },
} satisfies Sizes & { siege: object };
const quick: typeof full = {
  starts: { tries: 1 },
  checks: { warmUpCalls: 1, rounds: 1, seconds: 1 },
  signIns: { rounds: 1, seconds: 2 },
  storms: { rounds: 1, seconds: 2 },
  profiles: { seconds: 1 },
  siege: { rounds: 1, seconds: 5 },
};

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    write: { type: "boolean" },
    siege: { type: "boolean" },
    profile: { type: "boolean" },
    scale: { type: "boolean" },
    users: { type: "string" },
  },
});
const sizes = values.quick ? quick : full;
const [loadBefore = 0] = loadavg();
const run = values.scale ? grow : values.siege ? besiege : values.profile ? profile : compare;
process.exitCode = (await run()) ? 0 : 1;

/** Whether all targets were met. */
async function compare(): Promise<boolean> {
  const findings = await measureAll(sizes, progress);
  const report = `${headline("npm run bench", loadBefore)}\n\n${reportOf(findings)}`;
  console.log(report);
  if (values.write) await writePage(report, findings, loadBefore);
  return targetsOf(findings).every(({ isMet }) => isMet);
}

/** It has no targets. */
async function profile(): Promise<boolean> {
  const profiles = await profileOnly(sizes, progress);
  console.log(`${headline("npm run bench -- --profile", loadBefore)}\n\n${reportOfProfiles(profiles)}`);
  return true;
}

async function besiege(): Promise<boolean> {
  return await withServers(async ({ postgres, programs }) => {
    const keywright = await startKeywright(postgres);
    programs.push(keywright.program);
    const siege = await measureSiege(keywright, sizes.siege, progress);
    console.log(`${headline("npm run bench -- --siege", loadBefore)}\n\n${reportOfSiege(siege)}`);
    return isHeld(siege);
  });
}

/** Whether all targets were met; false as well if there is too little room on the disk. */
async function grow(): Promise<boolean> {
  const growth = await measureGrowth(Number(values.users ?? 10_000_000), progress);
  if (growth === null) return false;
  const report = `${headline("npm run bench -- --scale", loadBefore)}\n\n${reportOfGrowth(growth)}`;
  console.log(`${report}\n\n${fullPlans(growth)}`);
  return isSmooth(growth);
}

function progress(line: string): void {
  console.error(`${process.uptime().toFixed(0).padStart(4)} s  ${line}`);
}
