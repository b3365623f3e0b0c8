import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { whole } from "../tables.js";
import type { Population } from "./population.js";

/** Measured: with 10 million accounts, tables and indexes take less than this for each. */
const bytesPerUser = 2_800;
/** PostgreSQL itself, its log, and sorts of indexes. */
const bytesBesides = 8 * 2 ** 30;

/** Says in a sentence how much room on the disk there is, and how much is needed. */
export async function findRoom({ users, sessions }: Population): Promise<{ isEnough: boolean; sentence: string }> {
  const { bavail, bsize } = await statfs(tmpdir());
  const free = bavail * bsize;
  const needed = users * bytesPerUser + bytesBesides;
  const isEnough = free >= needed;
  const found = `${whole(users)} users and ${whole(sessions)} sessions need ${inGb(needed)} in ${tmpdir()}, where ${inGb(free)} are free`;
  return { isEnough, sentence: isEnough ? `${found}.` : `${found}: too little. --users takes a smaller number.` };
}

function inGb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(0)} GB`;
}
