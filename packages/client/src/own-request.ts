import { lonePaths } from "./lone-paths.js";

/** For `splitLink`: whether a call is refused in a batch or on a stream, and so has to go by `httpLink`. */
export function needsOwnRequest(call: { path: string }): boolean {
  // An app may have mounted the routers below one of its own.
  return lonePaths.includes(call.path.split(".").slice(-2).join("."));
}
