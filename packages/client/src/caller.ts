import { type Core, callBy } from "./core.js";
import { operation } from "./link.js";
import type { SessionStore } from "./session-store.js";

type Call = (path: string[], input: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>;

/**
 * The client as its caller sees it: `caller.auth.login.mutate(input)`. tRPC's own does the same and brings its WebSocket
 * link into every page, which made a fifth of what a browser loads (docs/decisions/0009).
 */
export function callerOf(core: Core): object {
  const call: Call = (path, input, { signal = null } = {}) => {
    // By index: phones whose Hermes is of 2022 know no `at`.
    const type = typeOf(path[path.length - 1]);
    // Whatever prints a client, or turns it into text, asks for names and calls them.
    if (!type) throw new TypeError(`client.${path.join(".")} is no call: end it in .query() or .mutate()`);
    return callBy(core, operation(type, path.slice(0, -1).join("."), { input, signal }));
  };
  return pathOf([], call, core.session);
}

function typeOf(name: string | undefined): "query" | "mutation" | null {
  if (name === "query") return name;
  return name === "mutate" ? "mutation" : null;
}

/** What `await`, a console, React and Vue look for in any value: no procedure has such a name. */
const probes = /^(then|toJSON|toString|valueOf|constructor|prototype|\$\$.*|__.*)$/;

function pathOf(path: string[], call: Call, session?: SessionStore): object {
  return new Proxy(() => {}, {
    get(target, name) {
      if (session && name === "session") return session;
      const isProbe = typeof name === "symbol" || probes.test(name);
      return isProbe ? Reflect.get(target, name) : pathOf([...path, name], call);
    },
    apply: (_target, _self, [input, options]) => call(path, input, options),
  });
}
