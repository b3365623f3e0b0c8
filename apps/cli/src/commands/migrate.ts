import { migrateDatabase } from "@keywright/api/operator";
import type { Command } from "../contract.js";
import { onDatabase } from "../on-database.js";

export const migrate: Command = {
  help: "Creates Keywright's tables, or brings them up to date. Needs DATABASE_URL only.",
  run: async (around, { positionals }) => {
    if (positionals.length > 0) return null;
    return await onDatabase(around, async ({ database }) => {
      const applied = await migrateDatabase(database, around.complain);
      around.say(
        applied.length === 0 ? "Nothing to do: all migrations are applied." : `Applied ${applied.join(", ")}.`,
      );
      return 0;
    });
  },
};
