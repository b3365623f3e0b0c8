import { parseArgs } from "node:util";
import { afterRestore } from "./commands/after-restore.js";
import { doctor } from "./commands/doctor.js";
import { migrate } from "./commands/migrate.js";
import { revokeAll } from "./commands/revoke-all.js";
import type { Arguments, Command, Surroundings } from "./contract.js";

const commands: Record<string, Command> = {
  migrate,
  doctor,
  "after-restore": afterRestore,
  "revoke-all": revokeAll,
};

/** Runs one command; returns the exit code. */
export async function runCommand(args: readonly string[], around: Surroundings): Promise<number> {
  const { name, isHelp, given } = understand(args);
  if (isHelp) {
    around.say(helpText());
    return 0;
  }
  const command = name !== null && Object.hasOwn(commands, name) ? commands[name] : undefined;
  const code = (await command?.run(around, given)) ?? null;
  if (code === null) around.complain(helpText());
  return code ?? 2;
}

function helpText(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length), "--help".length) + 2;
  const lines = Object.entries(commands).map(([name, { help }]) => `  ${name.padEnd(width)}${help}`);
  return `keywright, for the people who operate it

Usage: keywright <command>

${lines.join("\n")}
  ${"--yes".padEnd(width)}Does not ask before it ends what people have.
  ${"--help".padEnd(width)}Prints this.

Reads the environment and keywright.config.mjs in the working directory, like the server.
Exits with 0 if all is well, 1 if something is wrong, 2 if it was not understood.`;
}

interface Understood {
  name: string | null;
  isHelp: boolean;
  given: Arguments;
}

function understand(args: readonly string[]): Understood {
  try {
    const options = { help: { type: "boolean", short: "h" }, yes: { type: "boolean", short: "y" } } as const;
    const { values, positionals: all } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [name = null, ...positionals] = all;
    const given = { positionals, isSure: values.yes === true };
    return { name, isHelp: values.help === true || name === "help", given };
  } catch {
    return { name: null, isHelp: false, given: { positionals: [], isSure: false } };
  }
}
