import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { addressOf } from "../support/loopback.js";

const example = fileURLToPath(new URL("../../examples/hosts/next/", import.meta.url));
/** Below the repository, so that its packages are found; ignored by git. */
const artefacts = fileURLToPath(new URL("artefacts/", import.meta.url));
export const nextProgram = fileURLToPath(new URL("../../node_modules/next/dist/bin/next", import.meta.url));

/** A copy of the app for one test, which can be built and edited. */
export async function copyNextApp(): Promise<string> {
  await mkdir(artefacts, { recursive: true });
  const folder = await mkdtemp(join(artefacts, "next-"));
  const isSource = (path: string) => ![".next", "next-env.d.ts", "node_modules"].includes(basename(path));
  await cp(example, folder, { recursive: true, filter: isSource });
  return folder;
}

export async function removeNextApp(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Builds the app where every setting leads to one server that counts connections, and nothing else is set. */
export async function buildNextApp(folder: string, flags: string[]) {
  let connections = 0;
  const trap = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(trap, "listening");
  const here = new URL(addressOf(trap)).host;
  const child = spawn(process.execPath, [nextProgram, "build", ...flags], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: `postgres://u:p@${here}/x`,
      SMTP_URL: `smtp://${here}`,
      OIDC_ISSUER: `http://${here}`,
      NEXT_TELEMETRY_DISABLED: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, "close");
  trap.close();
  await once(trap, "close");
  return { code, output, connections };
}
