import type { PasswordSettings } from "../settings/password-settings.js";
import { type Passwords, passwordsWith } from "./passwords.js";
import { createPeppers } from "./peppers.js";
import { isComputable } from "./scheme.js";

/** What the stored hashes have in common, each kind once: `listPasswordKinds` of the database. */
export interface StoredKind {
  /** Null: made without. */
  pepperId: string | null;
  cost: number;
}

/**
 * Passwords as the settings say, for a database with such hashes. Throws an `Error` if a pepper that is in use is
 * neither configured nor named as lost: everybody who has it would be refused. The accounts of a lost pepper are answered
 * like a wrong password; `warn` tells of them, once.
 */
export async function startPasswords(
  { bcryptCost: cost, pepper, previousPeppers, lostPeppers = [] }: PasswordSettings,
  stored: readonly StoredKind[],
  warn: (message: string) => void,
): Promise<Passwords> {
  const peppers = await createPeppers({ pepper, previousPeppers });
  const unknown = [...new Set(stored.map(({ pepperId }) => pepperId))].filter((id) => peppers.find(id) === null);
  const missing = unknown.filter((id) => id !== null && !lostPeppers.includes(id));
  if (missing.length > 0) throw new Error(missingSentence(missing.join(", ")));
  if (unknown.length > 0) warn(lostSentence(unknown.join(", ")));
  const costs = stored.map((kind) => kind.cost).filter(isComputable);
  return await passwordsWith(peppers, { cost, highestCost: Math.max(cost, ...costs) });
}

function missingSentence(ids: string): string {
  return `Stored passwords need a pepper that is not configured (its id: ${ids}): set \`password.pepper\` to it (KEYWRIGHT_PEPPER), or add it to \`password.previousPeppers\` (KEYWRIGHT_PEPPERS_PREVIOUS); if it is lost, add its id to \`password.lostPeppers\` (KEYWRIGHT_PEPPERS_LOST), and their owners reset them.`;
}

function lostSentence(ids: string): string {
  return `Stored passwords need a pepper that is lost (its id: ${ids}): they count as wrong until their owners reset them.`;
}
