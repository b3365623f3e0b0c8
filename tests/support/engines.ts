/** What a project's global set-up provides to its test files. */
export type TestEngine =
  | { engine: "postgres"; adminUrl: string; template: string }
  | { engine: "pglite"; dumpFile: string };

declare module "vitest" {
  interface ProvidedContext {
    testEngine: TestEngine;
    /** For what several files of one run share; only with PostgreSQL. */
    sharedFolder: string;
  }
}
