import { diagnose } from "@keywright/api/operator";
import type { Command } from "../contract.js";

export const doctor: Command = {
  help: "Examines settings, database and mail server: a sentence each. Changes and sends nothing.",
  run: async ({ environment, folder, say }, { positionals }) => {
    if (positionals.length > 0) return null;
    let isWell = true;
    for await (const { subject, isFine, sentence } of diagnose(environment, folder)) {
      say(`${isFine ? "✓" : "✗"} ${subject}: ${sentence}`);
      isWell &&= isFine;
    }
    return isWell ? 0 : 1;
  },
};
