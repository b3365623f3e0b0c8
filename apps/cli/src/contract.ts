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
  /** `--yes`: do not ask. */
  isSure: boolean;
}

export interface Command {
  /** One line of the help text. */
  help: string;
  /** Returns the exit code; null if it does not understand the arguments. */
  run(around: Surroundings, given: Arguments): Promise<number | null>;
}
