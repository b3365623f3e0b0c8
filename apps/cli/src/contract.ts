export interface Surroundings {
  environment: Record<string, string | undefined>;
  folder: string;
  say(line: string): void;
  /** For what belongs on standard error. */
  complain(line: string): void;
  /** Asks a question that is answered with yes or no. Missing if nobody is there to answer. */
  confirm?(question: string): Promise<boolean>;
}

/** What the command line says after the command's name. */
export interface Arguments {
  positionals: string[];
  /** The command's own. */
  options: Record<string, string | boolean | undefined>;
  /** `--yes`: do not ask. */
  isSure: boolean;
}

export interface Command {
  /** One line of the help text. */
  help: string;
  /** More lines, about its own arguments. */
  usage?: string[];
  options?: Record<string, { type: "string" | "boolean" }>;
  /** Returns the exit code; null if it does not understand the arguments. */
  run(around: Surroundings, given: Arguments): Promise<number | null>;
}
