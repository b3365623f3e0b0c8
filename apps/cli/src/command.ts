import { parseArgs } from "node:util";
import { afterRestore } from "./commands/after-restore.js";
import { doctor } from "./commands/doctor.js";
import { mail } from "./commands/mail.js";
import { migrate } from "./commands/migrate.js";
import { revokeAll } from "./commands/revoke-all.js";
import type { Arguments, Command, Surroundings } from "./contract.js";

const commands: Record<string, Command> = {
  migrate,
  doctor,
  mail,
  "after-restore": afterRestore,
  "revoke-all": revokeAll,
};

/** Runs one command; returns the exit code. */
export async function runCommand(args: readonly string[], around: Surroundings): Promise<number> {
  const name = args.find((arg) => !arg.startsWith("-")) ?? "";
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const given = understand(args, command);
  if (given?.isHelp) {
    around.say(helpText());
    return 0;
  }
  const code = (given && (await command?.run(around, given))) ?? null;
  if (code === null) around.complain(helpText());
  return code ?? 2;
}

function helpText(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length), "--help".length) + 2;
  const lines = Object.entries(commands).flatMap(([name, { help, usage = [] }]) => [
    `  ${name.padEnd(width)}${help}`,
    ...usage.map((line) => `  ${"".padEnd(width)}${line}`),
  ]);
  return `keywright, for the people who operate it

Usage: keywright <command>

${lines.join("\n")}
  ${"--yes".padEnd(width)}Does not ask before it ends what people have.
  ${"--help".padEnd(width)}Prints this.

Reads the environment and keywright.config.mjs in the working directory, like the server.
Exits with 0 if all is well, 1 if something is wrong, 2 if it was not understood.`;
}

const common = { help: { type: "boolean", short: "h" }, yes: { type: "boolean", short: "y" } } as const;

/** Null for an option that the command does not know. */
function understand(args: readonly string[], command: Command | undefined): (Arguments & { isHelp: boolean }) | null {
  try {
    const options = { ...command?.options, ...common };
    const { values, positionals: all } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { help = false, yes = false, ...own } = values;
    const [name, ...positionals] = all;
    return { positionals, options: own, isSure: yes, isHelp: help || name === "help" };
  } catch {
    return null;
  }
}
