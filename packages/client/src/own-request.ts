import { lonePaths } from "./lone-paths.js";

/**
 * For tRPC's own links: calls that are refused in a batch or on a stream, wherever you mounted the routers.
 * `splitLink({ condition: needsOwnRequest, true: httpLink(…), false: httpBatchStreamLink(…) })`
 */
export function needsOwnRequest({ path }: { path: string }): boolean {
  return lonePaths.includes(path.split(".").slice(-2).join("."));
}
