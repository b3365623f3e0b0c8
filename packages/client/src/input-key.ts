/** The same for the same input; its own for each one that cannot be compared, such as a file. */
export function inputKey(input: unknown): string | symbol {
  try {
    return JSON.stringify([input], plain);
  } catch {
    return Symbol();
  }
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || !value || value.constructor === Object || Array.isArray(value)) return value;
  throw new TypeError();
}
