import { z } from "zod";
import { isAddressHeader, isOrigin, toOrigin } from "../settings/origins.js";
import { list, wholeNumber } from "./config-values.js";

/** Who may call, and how callers are told apart. */
export const networkVariables = {
  CORS_ORIGINS: list(
    isOrigin,
    "CORS_ORIGINS must be addresses like https://app.example.com, or capacitor://localhost for a web view, without a path, separated by commas; a `*` is not allowed, not even within a name.",
  ).transform((origins) => origins.map(toOrigin)),
  CORS_HEADERS: list(
    (name) => /^[\w-]{1,100}$/.test(name),
    "CORS_HEADERS must be names of headers, separated by commas.",
  ).transform((names) => names.map((name) => name.toLowerCase())),
  TRUSTED_PROXY_HOPS: wholeNumber("TRUSTED_PROXY_HOPS must be a whole number from 0 to 10.", 10).default(0),
  CLIENT_ADDRESS_HEADER: z
    .string()
    .refine(isAddressHeader, {
      error:
        "CLIENT_ADDRESS_HEADER must be the name of a header that holds an address alone, like CF-Connecting-IP or X-Real-IP.",
    })
    .optional(),
};
