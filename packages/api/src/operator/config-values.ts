import { z } from "zod";

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
  CORS_ORIGINS: string[];
  TRUSTED_PROXY_HOPS: number;
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
