import { lonePaths } from "./lone-paths.js";

/**
 * Whether a call is refused in a batch or on a stream: the condition of `splitLink` for tRPC's own links, with
 * `httpLink` for these calls.
 */
export function needsOwnRequest(call: { path: string }): boolean {
  // An app may have mounted the routers below one of its own.
  return lonePaths.includes(call.path.split(".").slice(-2).join("."));
}
