import { parseArgs } from "node:util";
import { diagnose, loadDatabase, migrateDatabase, startFault } from "@keywright/api/operator";

export interface Surroundings {
  environment: Record<string, string | undefined>;
  folder: string;
  say(line: string): void;
  /** For what belongs on standard error. */
  complain(line: string): void;
}

const help = `keywright, for the people who operate it

Usage: keywright <command>

  migrate   Creates Keywright's tables, or brings them up to date. Needs DATABASE_URL only.
  doctor    Examines settings, database and mail server: a sentence each. Changes and sends nothing.
  --help    Prints this.

Reads the environment and keywright.config.mjs in the working directory, like the server.
Exits with 0 if all is well, 1 if something is wrong, 2 if it was not understood.`;

const commands: Record<string, (around: Surroundings) => Promise<number>> = { migrate, doctor };

/** Runs one command; returns the exit code. */
export async function runCommand(args: readonly string[], around: Surroundings): Promise<number> {
  const { name, isHelp } = understand(args);
  if (isHelp) {
    around.say(help);
    return 0;
  }
  const command = name !== null && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return await command(around);
  around.complain(help);
  return 2;
}

function understand(args: readonly string[]): { name: string | null; isHelp: boolean } {
  try {
    const options = { help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [name = null, ...rest] = positionals;
    return { name: rest.length > 0 ? null : name, isHelp: values.help === true || name === "help" };
  } catch {
    return { name: null, isHelp: false };
  }
}

async function migrate({ environment, folder, say, complain }: Surroundings): Promise<number> {
  let databaseSetting = "DATABASE_URL";
  try {
    const setting = await loadDatabase(environment, folder);
    databaseSetting = setting.databaseSetting;
    const applied = await migrateDatabase(setting.database, complain);
    say(applied.length === 0 ? "Nothing to do: all migrations are applied." : `Applied ${applied.join(", ")}.`);
    return 0;
  } catch (error) {
    complain(startFault(error, databaseSetting));
    return 1;
  }
}

async function doctor({ environment, folder, say }: Surroundings): Promise<number> {
  let isWell = true;
  for await (const { subject, isFine, sentence } of diagnose(environment, folder)) {
    say(`${isFine ? "✓" : "✗"} ${subject}: ${sentence}`);
    isWell &&= isFine;
  }
  return isWell ? 0 : 1;
}
