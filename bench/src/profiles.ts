import { unbundled } from "./bundled-places.js";
import { flood } from "./load.js";
import type { Program } from "./processes.js";
import { type Group, groups, sharesOf } from "./profile.js";
import { addressMark, type Site } from "./sites.js";
import { table } from "./tables.js";

/** What each server does with its time during session checks: shares of its CPU. */
export interface Profiles {
  bearer: Map<Group, number>;
  cookie: Map<Group, number>;
  raw: Map<Group, number>;
}

/** Run last: a profiled process is slower and larger from then on. */
export async function measureProfiles(
  { keywright, raw }: { keywright: Site; raw: Program },
  { seconds }: { seconds: number },
  progress: (line: string) => void,
): Promise<Profiles> {
  const { cookie, bearer } = keywright.sessions;
  const shares = async (name: string, program: Program, load: Pick<Parameters<typeof flood>[0], "url" | "headers">) => {
    progress(`profile ${name}`);
    await flood({ ...load, seconds: 1, mark: addressMark });
    return sharesOf(unbundled(await program.profiled(() => flood({ ...load, seconds, mark: addressMark }))));
  };
  return {
    bearer: await shares("bearer", keywright.program, { url: keywright.check, headers: bearer }),
    cookie: await shares("cookie", keywright.program, { url: keywright.check, headers: cookie }),
    raw: await shares("raw", raw, { url: raw.url, headers: cookie }),
  };
}

/** In Markdown. */
export function reportOfProfiles({ bearer, cookie, raw }: Profiles): string {
  const percent = (shares: Map<Group, number>, group: Group) => `${(100 * (shares.get(group) ?? 0)).toFixed(0)} %`;
  const rows = groups.map((group) => [group, ...[bearer, cookie, raw].map((shares) => percent(shares, group))]);
  return table(["Share of the server's CPU", "Keywright, bearer", "cookie", "raw"], rows);
}
