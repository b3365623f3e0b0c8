import { bundle } from "./bundles.js";
import { frontEnds } from "./front-ends.js";
import { installAll } from "./published.js";
import { table, whole } from "./tables.js";
import { typeCheck } from "./type-checks.js";

// Each program is checked once: sizes and instantiations do not vary, and check times are only a rough guide.

type Name = keyof typeof frontEnds;
type Measured = Awaited<ReturnType<typeof measure>>;
type Findings = Record<Name, Measured>;

interface Line {
  what: string;
  /** Which of our programs is compared with better-auth's. */
  ours: "flat" | "router";
  figure: keyof Measured;
  /** Makes the line a budget. */
  max?: number;
}

const lines: readonly Line[] = [
  { what: "web page with session, gzip -9, B", ours: "flat", figure: "initialBytes", max: 12_000 },
  { what: "… and what a client with tokens loads later", ours: "flat", figure: "wholeBytes" },
  { what: "tarball of the package, B", ours: "flat", figure: "tarballBytes", max: 34_000 },
  { what: "installed with what it needs, kB", ours: "flat", figure: "installedKb" },
  { what: "… packages", ours: "flat", figure: "packages" },
  { what: "declarations, `.`, B", ours: "flat", figure: "ownBytes", max: 32_000 },
  { what: "… with other packages'", ours: "flat", figure: "allBytes" },
  { what: "declarations, `./router`, B", ours: "router", figure: "ownBytes", max: 20_000 },
  { what: "… with other packages'", ours: "router", figure: "allBytes" },
  { what: "type-check, `.`, instantiations", ours: "flat", figure: "instantiations", max: 1_500 },
  { what: "… check time, ms", ours: "flat", figure: "checkMs" },
  { what: "type-check, `./router`, instantiations", ours: "router", figure: "instantiations", max: 5_000 },
  { what: "… check time, ms", ours: "router", figure: "checkMs" },
];

const findings = await measureAll();
console.log(reportOf(findings));
process.exitCode = lines.every((line) => isMet(findings, line)) ? 0 : 1;

async function measureAll(): Promise<Findings> {
  const all = installAll();
  try {
    return {
      flat: await measure("flat", all),
      router: await measure("router", all),
      betterAuth: await measure("betterAuth", all),
      betterAuthBare: await measure("betterAuthBare", all),
      supabase: await measure("supabase", all),
    };
  } finally {
    all.close();
  }
}

async function measure(name: Name, { folder, published }: ReturnType<typeof installAll>) {
  const { page, calls, library } = frontEnds[name];
  return { ...(await bundle(folder, page)), ...typeCheck(folder, calls, library), ...published[library] };
}

function reportOf(all: Findings): string {
  const others = ["better-auth 1.7.25, three plugins", "without plugins", "@supabase/auth-js 2.119.1"];
  const head = ["Client", "wanted", "Keywright", "met", ...others];
  const rows = lines.map((line) => [
    line.what,
    line.max ? `≤ ${whole(line.max)}` : "",
    whole(all[line.ours][line.figure]),
    line.max ? (isMet(all, line) ? "yes" : "**no**") : "",
    whole(all.betterAuth[line.figure]),
    whole(all.betterAuthBare[line.figure]),
    whole(all.supabase[line.figure]),
  ]);
  return table(head, rows);
}

function isMet(all: Findings, { ours, figure, max = Number.POSITIVE_INFINITY }: Line): boolean {
  return all[ours][figure] <= max;
}
