/**
 * Whether a secret is a sample from some page, or is easy to guess: fewer than about 64 bits, if each word, number and
 * repetition in it counts as little as it is worth. Random characters are worth far more.
 */
export function isWeakSecret(secret: string): boolean {
  const fewestCharacters = 8;
  if (new Set(secret).size < fewestCharacters) return true;
  if (isRandomSecret(secret)) return false;
  return placeholder.test(secret) || onlyWords.test(secret) || worthOf(secret) < fewestBits;
}

/**
 * Whether it looks like 32 random bytes or more, as `openssl rand` prints them in base64 or hex, and as nothing that
 * people make up: only then is a fast derivation enough. A random one that is not recognized is merely derived slowly.
 */
export function isRandomSecret(secret: string): boolean {
  if (/^(?:[0-9a-f]{64,}|[0-9A-F]{64,})$/.test(secret)) return new Set(secret).size >= 10;
  if (!/^[\w+/-]{43,}={0,2}$/.test(secret)) return false;
  return worthOf(secret) >= bitsPerRandomCharacter * secret.length && new Set(secret).size >= 20;
}

const placeholder =
  /change.?(me|this|it)|replace.?(me|this)|place.?holder|password|example|insecure|qwerty|01234567|12345678|only for development|set your own|keyboard cat/i;
const onlyWords =
  /^(my|your|the|a|super|very|top|long|random|string|keywright|jwt|auth|secret|key|token|default|\W|_)+$/i;

const fewestBits = 64;
/** One word of a list of two thousand. */
const bitsPerWord = 11;
/** Random base64 is estimated at about 4, and text that consists of words at about 2. */
const bitsPerRandomCharacter = 2.4;

/** An estimate in bits, each part at most once. */
function worthOf(secret: string): number {
  const parts = new Set(secret.match(/[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]/g) ?? []);
  return [...parts].reduce((bits, part) => bits + worthOfPart(part), 0);
}

function worthOfPart(part: string): number {
  if (isSequence(part)) return 4;
  if (/^\d+$/.test(part)) return Math.log2(10) * part.length;
  if (/^[a-z]+$/i.test(part)) return Math.min(Math.log2(26) * part.length, bitsPerWord);
  return 2;
}

/** Such as `2222`, `1234` or `fedc`. */
function isSequence(part: string): boolean {
  const codes = [...part].map((character) => character.charCodeAt(0));
  const steps = new Set(codes.slice(1).map((code, at) => code - (codes[at] ?? 0)));
  const [step = 2] = steps;
  return steps.size === 1 && Math.abs(step) <= 1 && part.length > 2;
}
