import type { Reason } from "../contract/reasons.js";
import { isCommonPassword } from "./common.js";

export interface PasswordRules {
  /** Minimum, in code points; 8 by default. */
  minLength?: number | undefined;
  /** Maximum, in code points; 256 by default. */
  maxLength?: number | undefined;
  /** Refuses all-digit passwords; true by default. */
  refuseNumeric?: boolean | undefined;
  /** Refuses passwords that resemble the person's other details; true by default. */
  refuseSimilar?: boolean | undefined;
}

/** What an app's own rule receives with the password. */
export interface PasswordOwner {
  email: string | null;
  username: string | null;
}

/** An app's own rule, run after the built-in ones: why the password is refused, or null. It may query a breach list. */
export type PasswordRule = (password: string, owner: PasswordOwner) => Reason | null | Promise<Reason | null>;

export const defaultPasswordRules = {
  minLength: 8,
  maxLength: 256,
  refuseNumeric: true,
  refuseSimilar: true,
} as const satisfies PasswordRules;

/**
 * What is wrong with a new password, according to Django's four validators, in their order: `PASSWORD_TOO_SHORT`,
 * `PASSWORD_TOO_COMMON`, `PASSWORD_ENTIRELY_NUMERIC`, `PASSWORD_TOO_SIMILAR`; or `PASSWORD_TOO_LONG` alone. `personal`
 * is the person's username, names and e-mail address. Lengths are those of the NFC form.
 */
export function findPasswordErrors(
  password: string,
  rules: PasswordRules,
  personal: (string | null | undefined)[],
): Reason[] {
  const {
    minLength = defaultPasswordRules.minLength,
    maxLength = defaultPasswordRules.maxLength,
    refuseNumeric = defaultPasswordRules.refuseNumeric,
    refuseSimilar = defaultPasswordRules.refuseSimilar,
  } = rules;
  // Checked before anything reads the whole text: even decomposed, a password of maxLength has at most this many units.
  if (password.length > 4 * maxLength) return ["PASSWORD_TOO_LONG"];
  const normal = password.normalize("NFC");
  const length = [...normal].length;
  if (length > maxLength) return ["PASSWORD_TOO_LONG"];

  const faults: Reason[] = [];
  if (length < minLength) faults.push("PASSWORD_TOO_SHORT");
  if (isCommonPassword(normal)) faults.push("PASSWORD_TOO_COMMON");
  if (refuseNumeric && /^\p{Nd}+$/u.test(normal)) faults.push("PASSWORD_ENTIRELY_NUMERIC");
  if (refuseSimilar && isSimilarToAny(normal, personal)) faults.push("PASSWORD_TOO_SIMILAR");
  return faults;
}

const maxSimilarity = 0.7;

function isSimilarToAny(password: string, personal: (string | null | undefined)[]): boolean {
  const characters = [...password.toLowerCase()];
  return personal.some((value) => partsOf(value ?? "").some((part) => similarity(characters, part) >= maxSimilarity));
}

function partsOf(value: string): string[] {
  const folded = value.normalize("NFC").toLowerCase();
  // Python's `\W+`, which knows the letters of every script.
  return [folded, ...folded.split(/[^\p{L}\p{N}_]+/u)];
}

/** `SequenceMatcher.quick_ratio()`: twice the number of shared characters, in any order, over the total. */
function similarity(password: string[], part: string): number {
  const characters = [...part];
  const total = password.length + characters.length;
  // Like Django's shortcut, but tighter: skips values too different in length to match. It changes no result.
  if (2 * Math.min(password.length, characters.length) < maxSimilarity * total) return 0;
  const left = new Map<string, number>();
  for (const character of characters) left.set(character, (left.get(character) ?? 0) + 1);
  const shared = password.filter((character) => {
    const count = left.get(character) ?? 0;
    left.set(character, count - 1);
    return count > 0;
  });
  return (2 * shared.length) / total;
}
