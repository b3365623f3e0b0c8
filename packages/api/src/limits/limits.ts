import { createHmac } from "node:crypto";
import { isIPv6 } from "node:net";
import { type CallCount, type Counter, createCounter, type Database } from "@keywright/db";
import { KeywrightError } from "../contract/reasons.js";
import { foldName } from "../inputs/fields.js";
import type { Keys } from "../keys.js";
import type { Log } from "../log.js";
import type { Settings } from "../settings/settings.js";

/**
 * The counters of calls; password guesses are counted in `guesses.ts`. Applied in `trpc/builders.ts` and where a mail is
 * caused. Which procedure has which is in its `meta`; `docs/decisions/0016-budgets.md` says why.
 */
export interface Limits {
  mailsPerAddress: Counter;
  /** Username changes of one account: guesses are counted by name, so a new name would start a new count. */
  renames: Counter;
  /** Changes of a signed-in caller: by account, or, where an intruder must not use up the owner's, by session. */
  changes: Counter;
  signInsPerIp: Counter;
  registrationsPerIp: Counter;
  mailsPerIp: Counter;
  tokenCallsPerIp: Counter;
  /** Tells the operator, once, that the host does not say where calls come from. */
  noteUnknownAddress(): void;
}

export type PerIpLimit = "signInsPerIp" | "registrationsPerIp" | "mailsPerIp" | "tokenCallsPerIp";

/** The part of a call's `deps` that counting needs; `deps` themselves contain the limits. */
export interface Counting {
  db: Database;
  settings: Settings;
  limits: Limits;
  keys: Keys;
  now(): Date;
}

const maxRenamesPerHour = 10;

export function createLimits(db: Database, { limits }: Settings, log: Log): Limits {
  const perMinute = (name: string, limit: number) => createCounter(db, { name, limit, windowSeconds: 60 });
  return {
    mailsPerAddress: createCounter(db, { name: "mail", limit: limits.mailsPerAddressPerHour, windowSeconds: 3600 }),
    renames: createCounter(db, { name: "rename", limit: maxRenamesPerHour, windowSeconds: 3600 }),
    changes: createCounter(db, { name: "change", limit: limits.changesPerAccountPerHour, windowSeconds: 3600 }),
    signInsPerIp: perMinute("ip-sign-in", limits.signInsPerIpPerMinute),
    registrationsPerIp: perMinute("ip-register", limits.registrationsPerIpPerMinute),
    mailsPerIp: perMinute("ip-mail", limits.mailsPerIpPerMinute),
    tokenCallsPerIp: perMinute("ip-token", limits.tokenCallsPerIpPerMinute),
    noteUnknownAddress: createNote(log),
  };
}

function createNote(log: Log): () => void {
  let isNoted = false;
  return () => {
    if (isNoted) return;
    isNoted = true;
    log({
      level: "warn",
      message:
        "The address of callers is unknown, so calls are not limited by it: pass it as `handle(request, ip)`, or set `trustedProxyHops` or `clientAddressHeader` to what your proxy really sends.",
    });
  };
}

/**
 * Counts a call by the address it came from. If that is unknown it is not counted: one visitor must not use up the calls
 * of all others. Throws `RATE_LIMITED`.
 */
export async function countIp(deps: Counting, limit: PerIpLimit, ip: string | null): Promise<void> {
  if (ip === null) return deps.limits.noteUnknownAddress();
  await countCall(deps.limits[limit], ipKey(ip));
}

/** The same for a statement that counts something else as well. */
export function ipCall(deps: Counting, limit: PerIpLimit, ip: string | null): CallCount | null {
  if (ip !== null) return deps.limits[limit].callOf(ipKey(ip));
  deps.limits.noteUnknownAddress();
  return null;
}

/** Counts a change by the account or the session with this id. Throws `RATE_LIMITED`. */
export async function countChange(deps: Counting, id: string): Promise<void> {
  await countCall(deps.limits.changes, id);
}

/** Counts a change of an account's username. Throws `RATE_LIMITED`. */
export async function countRename(deps: Counting, userId: string): Promise<void> {
  await countCall(deps.limits.renames, userId);
}

/**
 * Counts a mail to `address`, whoever has it. Each kind separately: no verification mail is sent to a verified person,
 * and requests for one must not use up that person's resets. Throws `RATE_LIMITED`.
 */
export async function countMail({ deps }: { deps: Counting }, kind: MailCount, address: string): Promise<void> {
  await countCall(deps.limits.mailsPerAddress, mailKey(deps, kind, address));
}

/** Takes a mail back that will not be sent, so that refused calls do not use up other people's mails. */
export async function uncountMail({ deps }: { deps: Counting }, kind: MailCount, address: string): Promise<void> {
  await deps.limits.mailsPerAddress.giveBack(mailKey(deps, kind, address));
}

type MailCount = "register" | "reset" | "verify" | "change" | "conflict" | "code";

function mailKey({ keys }: Pick<Counting, "keys">, kind: MailCount, address: string): string {
  return nameKey(keys, `${kind}:${foldName(address)}`);
}

async function countCall(counter: Counter, key: string): Promise<void> {
  const { isAllowed, retryAfterSeconds } = await counter.consume(key);
  if (!isAllowed) throw rateLimited(retryAfterSeconds);
}

/** The refusal; `seconds` until another call may be allowed. */
export function rateLimited(seconds: number): KeywrightError {
  return new KeywrightError("RATE_LIMITED", { retryAfter: Math.max(1, Math.ceil(seconds)) });
}

/**
 * The key for counting a name or an address. It is a keyed hash, since people type passwords into the wrong field, and
 * those could be recovered from a plain hash. Counts restart when the secret changes.
 */
export function nameKey({ current }: Pick<Keys, "current">, name: string): string {
  return createHmac("sha256", current.limitKey).update(name).digest("base64url").slice(0, 27);
}

/** The key for counting an address: IPv6 by its /64, since one subscriber has all of it. */
export function ipKey(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  return mapped?.[1] ?? `${firstGroups(ip).join(":")}::/64`;
}

function firstGroups(ip: string): string[] {
  const [head = [], tail = []] = ip.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  const groups = [...head, ...zeros, ...tail];
  return groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
}
