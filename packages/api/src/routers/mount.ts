import type { KeywrightContext } from "../context.js";
import type { AuthRouters } from "../contract/procedures.js";
import { givenShape } from "../trpc/error-shapes.js";
import { assertLinearInput, type InputTransformer } from "../trpc/transformer.js";
import { authRouters } from "./index.js";

/** A tRPC root whose context includes ours. */
interface RootWithContext {
  _config: {
    $types: { ctx: KeywrightContext };
    transformer: { input: InputTransformer };
    errorFormatter(input: never): unknown;
  };
}

/**
 * Keywright's routers, for your own root: `t.router({ ...mountAuth(t), posts })`. A root whose context lacks
 * `KeywrightContext` does not compile; plain nesting would accept it. Throws an `Error` if the root's transformer is
 * superjson itself, which lets anybody exhaust the memory.
 */
export function mountAuth(root: RootWithContext): AuthRouters {
  const config = root._config;
  assertLinearInput(config.transformer.input);
  // Only called for errors that no `.errors()` of the root's own copy of tRPC has claimed.
  const { errorFormatter } = config;
  config.errorFormatter = (input) => givenShape(input) ?? errorFormatter(input);
  return authRouters;
}
