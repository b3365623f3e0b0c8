/** By shape, not by class: two copies of a library, or a structured clone, keep the one and not the other. */
export function has<K extends string>(data: unknown, ...names: K[]): data is Record<K, unknown> {
  return typeof data === "object" && data !== null && names.every((name) => name in data);
}
