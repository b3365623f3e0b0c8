import { afterRestore as endAll } from "@keywright/api/operator";
import type { Command } from "../contract.js";
import { onDatabase } from "../on-database.js";
import { isConfirmed, say } from "../revocation.js";

export const afterRestore: Command = {
  help: "After a backup was restored: ends every session and mailed link, so that nothing ended comes back to life.",
  run: async (around, { positionals, isSure }) => {
    if (positionals.length > 0) return null;
    return await onDatabase(around, async ({ database }) => {
      if (!isSure && !(await isConfirmed(around))) return 1;
      say(around, await endAll(database, around.complain));
      return 0;
    });
  },
};
