import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { addressOf } from "./loopback.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const packed = z.tuple([z.object({ filename: z.string() })]);
const manifest = z.object({ name: z.string(), version: z.string(), private: z.boolean().optional() }).loose();

export interface OwnRegistry {
  /** The tarball of a package. */
  tarballOf(name: string): Buffer;
  /** Makes `npm install @keywright/…` in this folder take what the repository would publish. */
  use(folder: string): void;
  close(): Promise<void>;
}

/** A registry of npm's own protocol with the packages of this repository as they would be published, and no other. */
export async function startOwnRegistry(): Promise<OwnRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-registry-"));
  const published = publishable().map((place) => pack(place, folder));
  const server = createServer(({ url }, response) => {
    const wanted = decodeURIComponent(url ?? "");
    const one = published.find(({ name, file }) => wanted === `/${name}` || wanted === `/${file}`);
    if (!one) response.writeHead(404).end();
    else if (wanted === `/${one.file}`) response.end(one.tarball);
    else response.setHeader("content-type", "application/json").end(JSON.stringify(documentOf(one, address)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = addressOf(server);
  return {
    tarballOf(name) {
      const one = published.find((candidate) => candidate.name === name);
      if (!one) throw new Error(`${name} would not be published.`);
      return one.tarball;
    },
    use: (place) => writeFileSync(join(place, ".npmrc"), `@keywright:registry=${address}/\nfund=false\naudit=false\n`),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Published {
  name: string;
  version: string;
  file: string;
  tarball: Buffer;
  description: object;
}

/** What npm's client asks a registry for: the versions of a package, and where each one's tarball is. */
function documentOf({ name, version, file, tarball, description }: Published, address: string): object {
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const dist = { tarball: `${address}/${file}`, integrity };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...description, dist } } };
}

function publishable(): string[] {
  const workspaces = ["packages", "apps"].flatMap((parent) => {
    return readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, parent, name));
  });
  return workspaces.filter((place) => descriptionOf(place).private !== true);
}

function descriptionOf(place: string): z.infer<typeof manifest> {
  return manifest.parse(JSON.parse(readFileSync(join(place, "package.json"), "utf8")));
}

function pack(place: string, folder: string): Published {
  const listing = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: place,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename }] = packed.parse(JSON.parse(listing.toString()));
  const description = descriptionOf(place);
  return { ...description, description, file: filename, tarball: readFileSync(join(folder, filename)) };
}
