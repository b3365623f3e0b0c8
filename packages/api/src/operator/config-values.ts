import { z } from "zod";
import type { LogLevel } from "../log.js";

/** The variables that are always read, once they are checked. */
export interface Variables {
  NODE_ENV: "production" | "development" | "test";
  PORT: number;
  HOST?: string | undefined;
  PUBLIC_URL?: string | undefined;
  APP_URL?: string | undefined;
  DATABASE_URL: string;
  SMTP_URL?: string | undefined;
  MAIL_FROM?: string | undefined;
  KEYWRIGHT_SECRET?: string | undefined;
  KEYWRIGHT_SECRET_PREVIOUS?: string | undefined;
  KEYWRIGHT_PEPPER?: string | undefined;
  KEYWRIGHT_PEPPERS_PREVIOUS?: string[] | undefined;
  KEYWRIGHT_PEPPERS_LOST?: string[] | undefined;
  CORS_ORIGINS: string[];
  CORS_HEADERS: string[];
  TRUSTED_PROXY_HOPS: number;
  CLIENT_ADDRESS_HEADER?: string | undefined;
  LOG_LEVEL: LogLevel;
  LOG_REQUESTS?: boolean | undefined;
}

/** A whole number from 0 to `max`, written in digits. */
export function wholeNumber(sentence: string, max: number) {
  return z
    .string()
    .regex(/^\d{1,5}$/, { error: sentence })
    .transform(Number)
    .refine((value) => value <= max, { error: sentence });
}

/** Where the database is, by default the embedded one. */
export const databaseAddress = z
  .string()
  .regex(/^(postgres(ql)?:\/\/|pglite:.)/, {
    error:
      "DATABASE_URL must be postgres://USER:PASSWORD@HOST/DATABASE, or pglite:PATH for the embedded database, or unset for the embedded database in .keywright/data.",
  })
  .default("pglite:.keywright/data");

/** An http address, which may have a path, without a slash at its end. */
export function address(sentence: string) {
  return z
    .string()
    .refine(isAddress, { error: sentence, abort: true })
    .transform((text) => new URL(text).href.replace(/\/$/, ""));
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text) || text.includes("*")) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  // Routes are matched as they are written, so what would have to be decoded is refused.
  const isPlain = username + password + search + hash === "" && /^\/(?:[\w.~-]+\/?)*$/.test(pathname);
  return isPlain && (protocol === "https:" || protocol === "http:");
}

/** Texts separated by commas, each of which `isValid`. */
export function list(isValid: (text: string) => boolean, sentence: string) {
  return z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((entry) => entry.trim() || []))
    .pipe(z.array(z.string().refine(isValid, { error: sentence })));
}
