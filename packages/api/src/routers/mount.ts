import type { KeywrightContext } from "../context.js";
import type { AuthRouters } from "../contract/procedures.js";
import { authRouters } from "./index.js";

/** A tRPC root whose context has ours in it. */
interface RootWithContext {
  _config: { $types: { ctx: KeywrightContext } };
}

/**
 * Keywright's routers, for a root of your own: `t.router({ ...mountAuth(t), posts })`. A root whose context lacks
 * `KeywrightContext` does not compile, which plain nesting would let through.
 */
export function mountAuth(_root: RootWithContext): AuthRouters {
  return authRouters;
}
