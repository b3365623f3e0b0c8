import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Keys } from "../keys.js";

/**
 * A browser that has signed in before shows it by a cookie: a random device id and a MAC over it and the name that was
 * typed. It opens nothing; it only keeps others' wrong guesses from shutting this browser out (OWASP, device cookies).
 */
export function createDeviceMark(name: string, keys: Keys): string {
  const id = randomBytes(16).toString("base64url");
  return `${id}.${macOf(id, name, keys.current.deviceKey)}`;
}

/** The device's id, if the mark was made for this name. */
export function readDeviceMark(mark: string, name: string, keys: Keys): string | null {
  const [id = "", mac = ""] = mark.split(".");
  if (id.length !== 22) return null;
  const isOurs = keys.all.some(({ deviceKey }) => isEqual(mac, macOf(id, name, deviceKey)));
  return isOurs ? id : null;
}

function macOf(id: string, name: string, key: Buffer): string {
  return createHmac("sha256", key).update(`${id}\n${name}`).digest("base64url");
}

function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
