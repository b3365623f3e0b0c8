import { randomBytes } from "node:crypto";

/**
 * A UUID that begins with its timestamp (RFC 9562, version 7), for tables that grow without bound: new rows are
 * adjacent in the index. Not for users, whose sign-up time is private.
 */
export function uuidv7(now: Date): string {
  const moment = now.getTime().toString(16).padStart(12, "0");
  const random = randomBytes(10);
  random.writeUInt8((random.readUInt8(0) & 0x0f) | 0x70, 0);
  random.writeUInt8((random.readUInt8(2) & 0x3f) | 0x80, 2);
  const digits = moment + random.toString("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
