import { type Config, readConfig } from "./config.js";
import { createServer, type RunningServer } from "./server.js";
import { startFault } from "./start-fault.js";

/** More than draining takes and less than the 30 seconds after which Kubernetes and others kill. */
const longestStopMs = 28_000;

process.on("unhandledRejection", crash);
process.on("uncaughtException", crash);
await run();

async function run(): Promise<void> {
  try {
    const config = readConfig();
    const server = await createServer(config);
    for (const line of announcement(server, config)) process.stdout.write(`${line}\n`);
    stopOnSignal(server);
  } catch (error) {
    process.stderr.write(`${startFault(error)}\n`);
    process.exit(1);
  }
}

function announcement({ url, mailboxUrl }: RunningServer, { database, host, isProduction }: Config): string[] {
  const isEmbedded = database.startsWith("pglite:");
  const isOpen = !isProduction && !/^(127\.|localhost$|::1$)/.test(host);
  return [
    `Keywright is ready at ${url}`,
    mailboxUrl && `Development mailbox: ${mailboxUrl}`,
    isEmbedded
      ? `Data: embedded database in ${database.slice("pglite:".length)}, for trying and developing. In production set DATABASE_URL=postgres://…`
      : "Data: the PostgreSQL that DATABASE_URL names.",
    isOpen && "HOST lets other machines in, and this is a development server: whoever reaches it can read its mails.",
  ].filter((line) => typeof line === "string");
}

function stopOnSignal(server: RunningServer): void {
  let stoppingSince: number | null = null;
  const stop = async () => {
    if (stoppingSince !== null) return exitIfMeant(stoppingSince);
    stoppingSince = performance.now();
    setTimeout(() => process.exit(1), longestStopMs).unref();
    await server.close();
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
}

/** Under `npm start` one Ctrl-C arrives twice: from the terminal, and passed on by npm. */
function exitIfMeant(stoppingSince: number): void {
  if (performance.now() - stoppingSince > 500) process.exit(1);
}

/** A state that nobody has thought of: better to start afresh. Its message is withheld, it may quote what a caller sent. */
function crash(error: unknown): void {
  const frames = error instanceof Error ? (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)) : [];
  const name = error instanceof Error ? error.name : typeof error;
  const at = frames.slice(0, 8).map((line) => line.trim());
  const entry = { at: new Date().toISOString(), level: "error", message: "The server crashed.", error: { name, at } };
  process.stderr.write(`${JSON.stringify(entry)}\n`);
  process.exit(1);
}
