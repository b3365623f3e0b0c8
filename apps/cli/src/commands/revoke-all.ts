import { revokeAll as endAll, previousSecretSetting } from "@keywright/api/operator";
import type { Command } from "../contract.js";
import { onDatabase } from "../on-database.js";
import { isConfirmed, say } from "../revocation.js";

export const revokeAll: Command = {
  help: "After KEYWRIGHT_SECRET leaked and was replaced: ends all that it protected, kept tokens of providers included.",
  run: async (around, { positionals, isSure }) => {
    if (positionals.length > 0) return null;
    return await onDatabase(around, async ({ database }) => {
      const leaked = await previousSecretSetting(around.environment, around.folder);
      if (leaked !== null) {
        around.complain(`${leaked} is set: what the leaked secret signs would still be accepted. Unset it first.`);
        return 1;
      }
      if (!isSure && !(await isConfirmed(around))) return 1;
      const revoked = await endAll(database, around.complain);
      say(around, revoked);
      around.say(`${revoked.providerTokens} kept tokens of providers were erased; the providers do not know of that.`);
      around.say("Servers that still run with the leaked secret accept what it signs: restart them with the new one.");
      return 0;
    });
  },
};
