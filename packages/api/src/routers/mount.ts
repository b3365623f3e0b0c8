import type { KeywrightContext } from "../context.js";
import type { AuthRouters } from "../contract/procedures.js";
import { authRouters } from "./index.js";

/** A tRPC root whose context includes ours. */
interface RootWithContext {
  _config: { $types: { ctx: KeywrightContext } };
}

/**
 * Keywright's routers, for your own root: `t.router({ ...mountAuth(t), posts })`. A root whose context lacks
 * `KeywrightContext` does not compile; plain nesting would accept it.
 */
export function mountAuth(_root: RootWithContext): AuthRouters {
  return authRouters;
}
