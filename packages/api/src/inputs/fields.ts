import { z } from "zod";
import { toEmailAddress } from "./email-address.js";
import { isVisible } from "./visible-text.js";

/*
 * What people type or paste has blanks around it at times, which do not belong to it. Passwords are left as they are, and
 * so is what only programs send. JSON schemas describe what is stored; more is taken.
 */

/** In the form of `toEmailAddress`. */
export const emailField = z
  .string({ error: ({ input }) => (input === undefined ? "REQUIRED" : "INVALID_EMAIL") })
  .overwrite((typed) => toEmailAddress(typed) ?? "")
  .min(1, { error: "INVALID_EMAIL" })
  .meta({ format: "email", minLength: undefined, maxLength: 254 });

/** A username or an address. Other text is nobody's name, and is answered like one. */
export const loginField = z
  .string()
  .overwrite((typed) => toEmailAddress(typed) ?? typed.trim())
  .min(1)
  .max(254)
  .refine((name) => name.isWellFormed() && !/\p{Cc}|\p{Cf}|\u2028|\u2029/u.test(name), { error: "INVALID" });

/**
 * 1 to 64 characters without spaces or `@`, so that a username never looks like an address. Must be ASCII before anything
 * is folded: folding would turn U+212A into `k` (the class of CVE-2019-19844).
 */
export const usernameField = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._+-]+$/, { error: "INVALID" });

/** This bound protects slow code; the policy's own lengths are settings. */
export const passwordField = z
  .string()
  .min(1)
  .max(4096)
  .refine((password) => password.isWellFormed(), { error: "INVALID" });

/** Shown to other people. May be empty, which removes it, but not blank. */
export const nameField = visibleField(150);

export const deviceNameField = visibleField(100);

/** A mailed token, which people may paste. */
export const mailedTokenField = z.string().trim().min(1).max(4096);

/** A refresh or access token, or a provider's code: only as it was issued. The longest token carries its session. */
export const tokenField = z.string().min(1).max(4096);

function visibleField(max: number) {
  return z
    .string()
    .refine((name) => name === "" || name.trim() !== "", { error: "INVALID" })
    .trim()
    .max(max)
    .refine(isVisible, { error: "INVALID" });
}

/**
 * The folded form, which is unique. ASCII letters only: `toLowerCase` would turn U+212A into `k`, merging two names.
 */
export function foldName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
