// Unpacks packages of Debian 13 into a folder: `node .ci/debian-13.mjs FOLDER PACKAGE…`. With their libraries and their
// loader among them, their programs run on an older Debian, too:
// `FOLDER/usr/lib64/ld-linux-x86-64.so.2 --library-path FOLDER/usr/lib/x86_64-linux-gnu FOLDER/usr/sbin/…`.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { gunzipSync } from "node:zlib";

const mirror = "http://deb.debian.org/debian";
const [, , folder = "", ...packages] = argv;

const index = gunzipSync(await download("dists/trixie/main/binary-amd64/Packages.gz")).toString();
for (const name of packages) {
  const [, entry = ""] = index.split(`\nPackage: ${name}\n`);
  const path = /^Filename: (.+)$/m.exec(entry)?.[1];
  if (path === undefined) throw new Error(`Debian 13 has no package ${name}.`);
  const file = join(folder, `${name}.deb`);
  writeFileSync(file, await download(path));
  execFileSync("dpkg-deb", ["-x", file, folder]);
}

async function download(path) {
  const answer = await fetch(`${mirror}/${path}`, { signal: AbortSignal.timeout(60_000) });
  if (!answer.ok) throw new Error(`${mirror}/${path} answered ${answer.status}.`);
  return Buffer.from(await answer.arrayBuffer());
}
