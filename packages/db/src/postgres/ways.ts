import { type Address, type Host, isLocal } from "../address/address.js";
import { codeOf, isElsewhere, refusesStartupLimits } from "./startup-faults.js";

/** One manner of opening a connection. */
export interface Way {
  /** The place of the host in the address. */
  at: number;
  host: Host;
  encryption: "never" | "if possible" | "always";
  /** Without our time limits among the startup parameters, which poolers refuse. */
  isBare: boolean;
}

/** The ways to a database, and what its connections have found out about them: it holds for all of them. */
export interface Ways {
  /** The way that worked last. */
  first(): Way;
  /** What to try after that fault, other than what was tried; null if there is nothing. */
  next(failed: Way, error: unknown, tried: readonly Way[]): Way | null;
  worked(way: Way): void;
  /** The server there is not fit for writing any more: the next connection begins with the host after it. */
  leave(way: Way): void;
  /** False where a pooler runs the next statement of a session on another connection. */
  isPrepared(): boolean;
  /** Notes that a prepared statement was lost. */
  unprepare(): void;
  /** Whether others could listen in on the connection that was opened last. */
  isExposed(): boolean;
}

export function createWays(address: Address, warn: (message: string) => void): Ways {
  const { hosts, tls } = address;
  let latest: Way = { at: 0, host: hosts[0], encryption: firstEncryption(tls.mode), isBare: false };
  let isPrepared = address.isPrepared;
  let isEncrypted = false;
  const onHost = (way: Way, at: number): Way => ({ ...way, at, host: hosts[at] ?? hosts[0] });
  const others = (way: Way) => hosts.slice(1).map((_, step) => onHost(way, (way.at + step + 1) % hosts.length));
  const after = (failed: Way, error: unknown): Way[] => {
    if (!failed.isBare && refusesStartupLimits(error)) return [{ ...failed, isBare: true }];
    if (codeOf(error) === "28000") return otherEncryption(failed, tls.mode);
    return isElsewhere(error) ? others(failed) : [];
  };
  return {
    first: () => latest,
    next: (failed, error, tried) =>
      after(failed, error).find((way) => !tried.some((each) => isSame(each, way))) ?? null,
    worked(way) {
      if (way.isBare && !latest.isBare) warn(bareWarning);
      latest = way;
      isEncrypted = way.encryption === "always";
    },
    leave(way) {
      if (way.at === latest.at) latest = others(latest)[0] ?? latest;
    },
    isPrepared: () => isPrepared,
    unprepare() {
      if (isPrepared) warn(unpreparedWarning);
      isPrepared = false;
    },
    isExposed: () => !isEncrypted && !isLocal(latest.host),
  };
}

const bareWarning =
  "The database is behind a pooler that takes no time limits from its clients: Keywright sets them in each transaction, and watches single statements itself.";
const unpreparedWarning =
  "The database is behind a pooler that loses prepared statements, so Keywright prepares none from now on. Add pgbouncer=true to DATABASE_URL to begin like that.";

function firstEncryption(mode: Address["tls"]["mode"]): Way["encryption"] {
  if (mode === "disable" || mode === "allow") return "never";
  return mode === "prefer" ? "if possible" : "always";
}

/** For servers that take some users with encryption only, or without it only. */
function otherEncryption(way: Way, mode: Address["tls"]["mode"]): Way[] {
  if (mode === "allow" && way.encryption === "never") return [{ ...way, encryption: "always" }];
  if (mode === "prefer" && way.encryption === "if possible") return [{ ...way, encryption: "never" }];
  return [];
}

function isSame(one: Way, other: Way): boolean {
  return one.at === other.at && one.encryption === other.encryption && one.isBare === other.isBare;
}
