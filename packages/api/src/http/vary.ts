import type { ServerResponse } from "node:http";

/**
 * Adds to `Vary` when the headers are written, since tRPC's adapters for Node and Fastify replace what has been set until
 * then.
 */
export function addVary(response: ServerResponse, names: string): void {
  const writeHead = response.writeHead;
  Reflect.set(response, "writeHead", (...given: unknown[]) => {
    response.writeHead = writeHead;
    const last = given.at(-1);
    // Fastify hands over its headers here, with names in lower case.
    const headers = typeof last === "object" && last !== null && !Array.isArray(last) ? last : {};
    const others = "vary" in headers ? headers.vary : response.getHeader("vary");
    const all = [others ?? [], names].flat().join(", ");
    if ("vary" in headers) given[given.length - 1] = { ...headers, vary: all };
    else response.setHeader("vary", all);
    return Reflect.apply(writeHead, response, given);
  });
}
