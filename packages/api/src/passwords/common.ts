import { gunzipSync } from "node:zlib";
import { commonPasswordsGzip } from "./common-data.js";

/**
 * Whether a password is among some 43,000 common ones, ignoring case and surrounding space, or follows a pattern that
 * such lists omit: one thing repeated (`aaaaaaaa`, `12341234`) or a run (`abcdefgh`, `87654321`).
 */
export function isCommonPassword(password: string): boolean {
  const folded = password.normalize("NFC").toLowerCase().trim();
  return isListed(folded) || (folded.length >= 6 && (isRepetition(folded) || isRun(folded)));
}

const isListed = createLookup();

function createLookup(): (folded: string) => boolean {
  let lines: string | undefined;
  return (folded) => {
    // Unpacked at first use: many processes never need it. One text, since a set of its lines takes ten times the memory.
    lines ??= `\n${gunzipSync(Buffer.from(commonPasswordsGzip, "base64")).toString("utf8")}\n`;
    return !folded.includes("\n") && lines.includes(`\n${folded}\n`);
  };
}

function isRepetition(folded: string): boolean {
  const unit = /^(.+?)\1+$/su.exec(folded)?.[1];
  return unit !== undefined && (unit.length <= 4 || isListed(unit));
}

const rows = ["0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba"];

function isRun(folded: string): boolean {
  return rows.some((row) => row.repeat(folded.length).includes(folded));
}
