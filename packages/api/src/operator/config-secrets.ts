import { z } from "zod";
import type { PasswordSettings } from "../settings/password-settings.js";
import type { Variables } from "./config-values.js";

/** Texts separated by commas, each of which matches. */
function texts(pattern: RegExp, sentence: string) {
  return z
    .string()
    .transform((text) => text.split(",").flatMap((entry) => entry.trim() || []))
    .pipe(z.array(z.string().regex(pattern, { error: sentence })))
    .optional();
}

/** What is mixed into passwords. */
export const pepperVariables = {
  KEYWRIGHT_PEPPER: z
    .string()
    .min(16, { error: "KEYWRIGHT_PEPPER is too short: use 32 random bytes, as `openssl rand -base64 32` prints them." })
    .optional(),
  KEYWRIGHT_PEPPERS_PREVIOUS: texts(
    /^.{16}/,
    "KEYWRIGHT_PEPPERS_PREVIOUS must be the whole peppers that were used before, separated by commas.",
  ),
  KEYWRIGHT_PEPPERS_LOST: texts(
    /^[\w-]{8}$/,
    "KEYWRIGHT_PEPPERS_LOST must be ids of peppers, as a start that failed has named them, separated by commas.",
  ),
};

type PepperVariables = Pick<Variables, "KEYWRIGHT_PEPPER" | "KEYWRIGHT_PEPPERS_PREVIOUS" | "KEYWRIGHT_PEPPERS_LOST">;

/** The group `password` of the settings file, with the peppers of the environment; undefined if there is neither. */
export function withPeppers(
  password: Partial<PasswordSettings> | undefined,
  {
    KEYWRIGHT_PEPPER: pepper,
    KEYWRIGHT_PEPPERS_PREVIOUS: previousPeppers,
    KEYWRIGHT_PEPPERS_LOST: lostPeppers,
  }: PepperVariables,
): Partial<PasswordSettings> | undefined {
  const given = Object.entries({ pepper, previousPeppers, lostPeppers }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? password : { ...password, ...Object.fromEntries(given) };
}
