import type { Core } from "./core.js";
import { dataOf, operation, sendBy } from "./link.js";

type Call = (path: string[], input: unknown, options: { signal?: AbortSignal } | undefined) => Promise<unknown>;

/**
 * The client as its caller sees it: `caller.auth.login.mutate(input)`. tRPC's own does the same and brings its WebSocket
 * link into every page, which made a fifth of what a browser loads (docs/decisions/0009).
 */
export function callerOf({ answer, transport, session }: Core): object {
  const call: Call = async (path, input, { signal = null } = {}) => {
    // By index: phones whose Hermes is of 2022 know no `at`.
    const type = path[path.length - 1] === "query" ? "query" : "mutation";
    const op = operation(type, path.slice(0, -1).join("."), { input, signal });
    return dataOf(await answer(op, (context) => sendBy(transport, { ...op, context: { ...context } })));
  };
  const root = pathOf([], call);
  return new Proxy(root, { get: (target, name) => (name === "session" ? session : Reflect.get(target, name)) });
}

/** What awaits or prints it asks for names that are no paths. */
function pathOf(path: string[], call: Call): object {
  return new Proxy(() => {}, {
    get: (_target, name) => (typeof name === "string" && name !== "then" ? pathOf([...path, name], call) : undefined),
    apply: (_target, _self, [input, options]) => call(path, input, options),
  });
}
