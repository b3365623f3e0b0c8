import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import net from "node:net";
import { hostname } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Names of the lock's files in the directory. */
export const LOCK_FILE = /^lock-[0-9a-f]{8}\.sock$/;

const LONGEST_SOCKET_PATH = 103; // bytes, on macOS; 107 on Linux. Longer paths are truncated silently
const KNOCK_MS = 1_000;
const ATTEMPTS = 6;
const UNDECIDED = "?";

type Release = () => Promise<void>;

/**
 * Locks the directory for this process, or throws an `Error` that names the holder. Two PGlites on one directory lose
 * rows silently. The lock consists of listening sockets, so the kernel releases it however the process ends, and it can
 * never be stale. There are two: one named after the path, which only one process on a machine can hold, and one inside
 * the directory, which containers that share the volume can see.
 */
export async function lockDirectory(directory: string): Promise<Release> {
  const releaseName = await lockByName(directory);
  try {
    const releaseFile = await lockByFile(directory);
    return async () => {
      await releaseFile();
      await releaseName();
    };
  } catch (error) {
    await releaseName();
    throw error;
  }
}

async function lockByName(directory: string): Promise<Release> {
  const address = kernelName(directory);
  if (address === null) return async () => {};
  const doorkeeper = await listen(address).catch(async (error: unknown) => {
    throw isCode(error, "EADDRINUSE") ? inUse(directory, (await knock(address)) ?? "") : error;
  });
  doorkeeper.answer(ourName());
  return async () => doorkeeper.close();
}

/** An address without a file: Linux's abstract sockets, Windows's pipes. */
function kernelName(directory: string): string | null {
  const name = `keywright-${createHash("sha256").update(directory).digest("hex").slice(0, 32)}`;
  if (process.platform === "linux") return `\0${name}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : null;
}

/**
 * Every process first listens under a name of its own and then looks for others, so of two at once at least one sees
 * the other; if both do, both back off and try again. Names are never reused, so a dead one is safe to remove.
 */
async function lockByFile(directory: string): Promise<Release> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const file = join(directory, `lock-${randomBytes(4).toString("hex")}.sock`);
    const doorkeeper = await listenInDirectory(file);
    if (!doorkeeper) return async () => {};
    const release = async () => {
      doorkeeper.close();
      await rm(file, { force: true });
    };
    const rival = await findRival(directory, file);
    if (rival === null) {
      doorkeeper.answer(ourName());
      return release;
    }
    await release();
    if (rival !== UNDECIDED) throw inUse(directory, rival);
    await sleep(50 + Math.random() * 300);
  }
  throw inUse(directory, "");
}

/** Null if the file system has no sockets or the path is too long; then the address without a file has to do. */
async function listenInDirectory(file: string): Promise<Doorkeeper | null> {
  if (process.platform === "win32") return null;
  const address = reachable(file);
  if (address) {
    const doorkeeper = await listen(address).catch(() => null);
    if (doorkeeper) return doorkeeper;
  }
  if (process.platform === "linux") return null;
  throw new Error(`Cannot make the lock ${file}: choose a shorter path on a local disk for the embedded database.`);
}

async function findRival(directory: string, own: string): Promise<string | null> {
  const others = (await readdir(directory)).filter((name) => LOCK_FILE.test(name)).map((name) => join(directory, name));
  for (const file of others.filter((file) => file !== own)) {
    const address = reachable(file);
    const answer = address && (await knock(address));
    if (answer !== null) return answer;
    await rm(file, { force: true });
  }
  return null;
}

function reachable(file: string): string | null {
  const fits = (path: string) => Buffer.byteLength(path) <= LONGEST_SOCKET_PATH;
  return [file, relative(process.cwd(), file)].find(fits) ?? null;
}

interface Doorkeeper {
  answer(name: string): void;
  close(): void;
}

async function listen(address: string): Promise<Doorkeeper> {
  let answer = UNDECIDED;
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.unref();
    socket.end(answer);
  });
  // Exclusive: otherwise all workers of a node:cluster would share one socket, and so the lock.
  server.listen({ path: address, exclusive: true });
  await once(server, "listening");
  server.unref();
  return {
    answer: (name) => {
      answer = name;
    },
    close: () => void server.close(),
  };
}

/** Who is listening: null if nobody, "" if the listener is too busy to answer. */
function knock(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = net.connect(address).setEncoding("utf8");
    socket.setTimeout(KNOCK_MS, () => socket.destroy());
    socket.on("data", (text) => {
      heard += text;
    });
    socket.on("error", (error) => resolve(isCode(error, "ECONNREFUSED") || isCode(error, "ENOENT") ? null : heard));
    socket.on("close", () => resolve(heard));
  });
}

function ourName(): string {
  return `pid ${process.pid} on ${hostname()}`;
}

function inUse(directory: string, holder: string): Error {
  if (holder === ourName()) {
    return new Error(`The database in ${directory} is already open in this process. Close that connection first.`);
  }
  const who = holder && holder !== UNDECIDED ? ` (${holder})` : "";
  return new Error(
    `The database in ${directory} is in use by another Keywright process${who}. Stop it, or set DATABASE_URL=postgres://… to run several processes.`,
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
