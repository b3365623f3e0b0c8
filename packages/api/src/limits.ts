import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { type Counter, createCounter, type Database } from "@keywright/db";
import { KeywrightError } from "./contract/reasons.js";
import type { Settings } from "./settings/settings.js";

export interface Limits {
  /** Guesses at one account's password, wherever they are made. */
  passwordTries: Counter;
  mailsPerAddress: Counter;
  /** Changes of one account's username: guesses are counted by name, and a new name would start their count afresh. */
  renames: Counter;
  signInsPerIp: Counter;
  registrationsPerIp: Counter;
  mailsPerIp: Counter;
  tokenCallsPerIp: Counter;
}

export type PerIpLimit = "signInsPerIp" | "registrationsPerIp" | "mailsPerIp" | "tokenCallsPerIp";

const maxRenamesPerHour = 10;

export function createLimits(db: Database, { limits }: Settings): Limits {
  const perMinute = (name: string, most: number) => createCounter(db, { name, most, windowSeconds: 60 });
  return {
    passwordTries: createCounter(db, {
      name: "password",
      most: limits.passwordTriesPerAccount,
      windowSeconds: Math.ceil(limits.passwordWindowMinutes * 60),
    }),
    mailsPerAddress: createCounter(db, { name: "mail", most: limits.mailsPerAddressPerHour, windowSeconds: 3600 }),
    renames: createCounter(db, { name: "rename", most: maxRenamesPerHour, windowSeconds: 3600 }),
    signInsPerIp: perMinute("ip-sign-in", limits.signInsPerIpPerMinute),
    registrationsPerIp: perMinute("ip-register", limits.registrationsPerIpPerMinute),
    mailsPerIp: perMinute("ip-mail", limits.mailsPerIpPerMinute),
    tokenCallsPerIp: perMinute("ip-token", limits.tokenCallsPerIpPerMinute),
  };
}

/** Counts one call. Throws `RATE_LIMITED` with `retryAfter` in seconds. */
export async function countCall(counter: Counter, key: string): Promise<{ used: number }> {
  const { isAllowed, used, retryAfterSeconds } = await counter.consume(key);
  if (!isAllowed) throw new KeywrightError("RATE_LIMITED", { retryAfter: retryAfterSeconds });
  return { used };
}

/** What a name is counted under: hashed, since people type passwords into the wrong field. */
export function accountKey(identifier: string): string {
  return createHash("sha256").update(`account:${identifier}`).digest("base64url").slice(0, 27);
}

/** What an address is counted under: IPv6 by its /64, since one subscriber has them all. */
export function ipKey(ip: string | null): string {
  if (ip === null) return "unknown";
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
