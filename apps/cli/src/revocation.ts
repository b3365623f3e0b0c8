import type { Revoked } from "@keywright/api/operator";
import type { Surroundings } from "./contract.js";

/** Whether the operator wants everybody to be signed out. */
export async function isConfirmed({ confirm, complain }: Surroundings): Promise<boolean> {
  if (await confirm?.("Everybody will have to sign in again, and mailed links will stop working. Go on?")) return true;
  complain("Nothing was changed. Say yes when asked, or add --yes.");
  return false;
}

export function say(around: Surroundings, { users, sessions, secrets, mails }: Revoked): void {
  around.say(`Ended ${sessions} sessions with their refresh tokens, and ${secrets} mailed links and codes.`);
  around.say(
    `Dropped ${mails} waiting mails with a link or a code. Raised the credential version of ${users} accounts.`,
  );
}
