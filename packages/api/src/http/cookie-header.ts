/**
 * Every value that the header has under exactly this name (RFC 6265, 5.4 allows several). Only spaces and tabs around a
 * cookie are trimmed: `trim` also removes U+00A0 and others from a name, and browsers guard `__Host-` names as sent.
 */
export function valuesOf(header: string, name: string): string[] {
  const pairs = header.split(";").map(trimBlanks);
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}

/** By index, because `[ \t]+$` takes quadratic time. */
function trimBlanks(text: string): string {
  const isBlank = (at: number) => text[at] === " " || text[at] === "\t";
  let [start, end] = [0, text.length];
  while (isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/** The names in the header that begin with `prefix`, each once. */
export function namesOf(header: string, prefix: string): string[] {
  const names = header.split(";").map((pair) => trimBlanks(pair).split("=", 1)[0] ?? "");
  return [...new Set(names.filter((name) => name.startsWith(prefix)))];
}
