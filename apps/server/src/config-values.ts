import { z } from "zod";

/** A whole number from 0 to `max`, written in digits. */
export function wholeNumber(sentence: string, max: number) {
  return z
    .string()
    .regex(/^\d{1,5}$/, { error: sentence })
    .transform(Number)
    .refine((value) => value <= max, { error: sentence });
}

/** An origin, written as browsers send it. */
export function address(sentence: string) {
  return z
    .string()
    .refine(isOrigin, { error: sentence, abort: true })
    .transform((text) => new URL(text).origin);
}

function isOrigin(text: string): boolean {
  // A pattern such as https://*.example.com would never match a page's origin.
  if (!URL.canParse(text) || text.includes("*")) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  const isPlain = username + password + search + hash === "" && pathname === "/";
  return isPlain && (protocol === "https:" || protocol === "http:");
}
