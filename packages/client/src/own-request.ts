import { lonePaths } from "./lone-paths.js";
import { ownPath } from "./own-path.js";

/** For `splitLink`: whether a call is refused in a batch or on a stream, and so has to go by `httpLink`. */
export function needsOwnRequest(call: { path: string }): boolean {
  return lonePaths.includes(ownPath(call));
}
