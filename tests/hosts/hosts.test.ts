import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe } from "vitest";
import { expectations } from "./expectations.js";
import { type HostCommand, type RunningHost, startHost } from "./host-process.js";

const folder = fileURLToPath(new URL("../../examples/hosts/", import.meta.url));
const bun = fileURLToPath(new URL("../../node_modules/.bin/bun", import.meta.url));

function built(name: string, command = process.execPath): HostCommand {
  return { command, args: [`dist/${name}.js`], cwd: folder, trpc: "/trpc" };
}

const hosts: Record<string, HostCommand> = {
  "Node's own server": built("node"),
  "Express 5": built("express"),
  "Fastify 5": built("fastify"),
  Hono: built("hono"),
  Bun: built("bun", bun),
};

describe.each(Object.entries(hosts))("H1: %s", (_name, command) => {
  let host: RunningHost;
  beforeAll(async () => {
    host = await startHost(command);
  }, 120_000);
  afterAll(() => host.close());
  expectations(() => host);
});
