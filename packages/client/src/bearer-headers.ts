import type { Headers } from "./options.js";

export function bearerHeaders(accessToken?: string): Headers {
  return { "keywright-transport": "bearer", ...(accessToken && { authorization: `Bearer ${accessToken}` }) };
}
