// Makes a module of an empty PostgreSQL cluster, which PGlite's authors publish: it is what initdb makes here, but there
// at once. A dependency on their package would insist on one version of PGlite.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const made = readFileSync(new URL("prepopulatedfs.tgz", import.meta.resolve("@electric-sql/pglite-prepopulatedfs")));
const file = (ending) => new URL(`dist/empty-cluster.${ending}`, import.meta.url);
mkdirSync(new URL("dist", import.meta.url), { recursive: true });
writeFileSync(file("js"), `export const emptyCluster = "${made.toString("base64")}";\n`);
writeFileSync(
  file("d.ts"),
  "/** A compressed tape archive, in Base64. */\nexport declare const emptyCluster: string;\n",
);
