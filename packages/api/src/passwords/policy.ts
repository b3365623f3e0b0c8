import type { Reason } from "../contract/reasons.js";
import { isCommonPassword } from "./common.js";

export interface PasswordRules {
  /** Fewest code points; 8 by default. */
  minLength?: number | undefined;
  /** Most code points; 256 by default. */
  maxLength?: number | undefined;
  /** Refuses passwords of digits only; true by default. */
  refuseNumeric?: boolean | undefined;
  /** Refuses passwords that are close to the person's other details; true by default. */
  refuseSimilar?: boolean | undefined;
}

/** What an app's own rule is given with the password. */
export interface PasswordOwner {
  email: string | null;
  username: string | null;
}

/** An app's own rule, asked after the built-in ones: why the password is refused, or null. It may ask a breach list. */
export type PasswordRule = (password: string, owner: PasswordOwner) => Reason | null | Promise<Reason | null>;

export const defaultPasswordRules = {
  minLength: 8,
  maxLength: 256,
  refuseNumeric: true,
  refuseSimilar: true,
} as const satisfies PasswordRules;

/**
 * What is wrong with a new password, by Django's four validators and in their order: `PASSWORD_TOO_SHORT`,
 * `PASSWORD_TOO_COMMON`, `PASSWORD_ENTIRELY_NUMERIC`, `PASSWORD_TOO_SIMILAR`; or `PASSWORD_TOO_LONG` alone.
 * `personal` is the person's username, names and e-mail address. Lengths are counted in the NFC form.
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
  // Checked before anything reads the whole text: even decomposed, a password of maxLength has no more units than this.
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
  // Python's `\W+`, which knows letters of every script.
  return [folded, ...folded.split(/[^\p{L}\p{N}_]+/u)];
}

/** `SequenceMatcher.quick_ratio()`: twice the characters that both have, in any order, to all characters. */
function similarity(password: string[], part: string): number {
  const characters = [...part];
  const total = password.length + characters.length;
  // As in Django, but tighter: skips values whose length alone rules out a match. It changes no result.
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
