import { z } from "zod";

const whitespaceEnds = /^\s|\s$/;

/**
 * Must be ASCII before anything is folded: folding would turn U+212A into `k` and U+FF20 into `@` (the class of
 * CVE-2019-19844).
 */
export const emailField = z
  .email({ error: ({ input }) => (input === undefined ? "REQUIRED" : "INVALID_EMAIL") })
  .max(254);

/** A username or an address, as typed. PostgreSQL can store neither NUL nor ill-formed text. */
export const loginField = z
  .string()
  .min(1)
  .max(254)
  .refine((name) => !hasControls(name), { error: "INVALID" });

/** 1 to 64 characters without spaces or `@`, so that a username never looks like an address. */
export const usernameField = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._+-]+$/, { error: "INVALID" });

/** This bound protects slow code; the policy's own lengths are settings. */
export const passwordField = z
  .string()
  .min(1)
  .max(4096)
  .refine((password) => password.isWellFormed(), { error: "INVALID" });

/** Shown to other people: no control characters, no line breaks. */
export const nameField = z
  .string()
  .max(150)
  .refine((name) => !hasControls(name) && !whitespaceEnds.test(name), { error: "INVALID" });

export const deviceNameField = nameField.max(100);

/** A mailed, refresh or access token. The longest is an access token that carries its session. */
export const tokenField = z.string().min(1).max(4096);

/**
 * The folded form, which is unique. ASCII letters only: `toLowerCase` would turn U+212A into `k`, merging two names.
 */
export function foldName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function hasControls(text: string): boolean {
  return !text.isWellFormed() || /\p{Cc}|\p{Cf}|\u2028|\u2029/u.test(text);
}
