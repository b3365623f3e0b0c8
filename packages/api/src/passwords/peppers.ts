import { createHmac } from "node:crypto";
import { isRandomSecret } from "../secret-strength.js";
import { slowKey } from "../slow-key.js";

/** A secret that is mixed into hashes and kept outside the database. */
export interface Pepper {
  /** Identifies the pepper in a stored hash. Null: none. */
  id: string | null;
  key: Uint8Array;
}

/** The peppers of a configuration. */
export interface Peppers {
  /** What new hashes are made with. */
  current: Pepper;
  /** Null for an id that none of them has. */
  find(id: string | null): Pepper | null;
}

export interface PepperOptions {
  /** A secret of at least 16 bytes; without it a stolen table of hashes is useless. */
  pepper?: string | Uint8Array | undefined;
  /** Earlier peppers: hashes made with them still verify, and are replaced at the next login. */
  previousPeppers?: readonly (string | Uint8Array)[] | undefined;
}

/** Throws a plain `Error` for a pepper that is too short. */
export async function createPeppers({ pepper, previousPeppers = [] }: PepperOptions): Promise<Peppers> {
  const current = pepper === undefined ? noPepper : await createPepper(pepper);
  const previous = await Promise.all(previousPeppers.map(createPepper));
  const known = [...previous, noPepper, current].flatMap((each) => idsOf(each).map((id) => [id, each] as const));
  const byId = new Map(known);
  return { current, find: (id) => byId.get(id) ?? null };
}

const noPepper: Pepper = { id: null, key: new Uint8Array(0) };

/**
 * The id is stored with every hash, so it must not help to guess the pepper: 32 random bytes cannot be guessed, and for
 * anything else each guess costs what `slowKey` costs.
 */
async function createPepper(secret: string | Uint8Array): Promise<Pepper> {
  const key = typeof secret === "string" ? Buffer.from(secret, "utf8") : Buffer.from(secret);
  if (key.byteLength < 16) throw new Error("password pepper: must have at least 16 bytes");
  const isRandom = isRandomSecret(key.toString("utf8"));
  return {
    id: isRandom ? fastId(key) : (await slowKey(key, "keywright pepper id v2")).toString("base64url").slice(0, 8),
    key,
  };
}

/** Hashes made before ids were derived slowly have this one. */
function fastId(key: Uint8Array): string {
  return createHmac("sha256", key).update("keywright pepper id").digest("base64url").slice(0, 8);
}

function idsOf({ id, key }: Pepper): (string | null)[] {
  return id === null ? [null] : [id, fastId(key)];
}
