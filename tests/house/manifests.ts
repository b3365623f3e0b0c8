import type { Source } from "./sources.js";
import { broken } from "./syntax.js";

const exact = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;
const pinned = /^(?:dependencies|devDependencies|optionalDependencies|overrides)$/;

/** Dependencies whose version is a range. Peers are exempt: the host picks theirs. */
export function loosePins(files: readonly Source[]): string[] {
  const manifests = files.filter(({ path }) => /(?:^|\/)package\.json$/.test(path));
  return manifests.flatMap(({ path, text }) => {
    return dependenciesOf(JSON.parse(text)).flatMap(([name, version]) => {
      if (exact.test(version)) return [];
      const line = text.slice(0, text.indexOf(`"${name}"`)).split("\n").length;
      return [broken({ path, line }, `"${name}": "${version}" is a range: pin the exact version`)];
    });
  });
}

function dependenciesOf(manifest: unknown): [name: string, version: string][] {
  const groups = entriesOf(manifest).filter(([group]) => pinned.test(group));
  return groups.flatMap(([, group]) => entriesOf(group).flatMap(([name, version]) => flatten(name, version)));
}

// `overrides` can be nested.
function flatten(name: string, version: unknown): [name: string, version: string][] {
  if (typeof version === "string") return [[name, version]];
  return entriesOf(version).flatMap(([inner, value]) => flatten(inner, value));
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
