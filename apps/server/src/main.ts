import { logToStandardError, summarize } from "@keywright/api";
import { type Config, loadConfig } from "./config.js";
import { createServer, type RunningServer } from "./server.js";
import { startFault } from "./start-fault.js";

/** More than draining takes and less than the 30 seconds after which Kubernetes and others kill. */
const longestStopMs = 28_000;

/** Noted at once: it may be gone when the server is ready. */
const parent = process.ppid;
process.on("unhandledRejection", crash);
process.on("uncaughtException", crash);
// Whoever read them may be gone, which is no reason to end; without a listener Node.js makes a crash of it.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
await run();

async function run(): Promise<void> {
  let databaseSetting = "DATABASE_URL";
  try {
    const config = await loadConfig();
    databaseSetting = config.databaseSetting;
    const server = await createServer(config);
    stopWhenAsked(server, config);
    process.stdout.write(announcement(server, config));
  } catch (error) {
    process.stderr.write(`${startFault(error, databaseSetting)}\n`);
    process.exit(1);
  }
}

function announcement({ url, port, mailboxUrl }: RunningServer, config: Config): string {
  const { publicUrl, host, isProduction } = config;
  const isOpen = !isProduction && !/^(127\.|localhost$|::1$)/.test(host);
  const lines = [
    `Keywright is ready at ${url}${publicUrl === null ? "" : ` (listening on ${host}:${port})`}`,
    mailboxUrl && `Development mailbox: ${mailboxUrl}`,
    `Data: ${describeData(config)}`,
    `Settings: ${config.sources}`,
    isOpen && "HOST lets other machines in, and this is a development server: whoever reaches it can read its mails.",
  ];
  return lines.flatMap((line) => (line ? [`${line}\n`] : [])).join("");
}

function describeData({ database, databaseSetting, isProduction }: Config): string {
  if (!database.startsWith("pglite:")) return `the PostgreSQL that ${databaseSetting} names.`;
  const path = database.slice("pglite:".length);
  if (isProduction) return `embedded database in ${path}, as ${databaseSetting} says. It serves this one process.`;
  return `embedded database in ${path}, for trying and developing. In production set DATABASE_URL=postgres://…`;
}

function stopWhenAsked(server: RunningServer, { isUnderNpm }: Config): void {
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
  if (isUnderNpm) onceOrphaned(() => void stop());
}

/** `kill` of an npm that runs a script ends npm and the shell below it, and would leave us behind with the data locked. */
function onceOrphaned(stop: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 250).unref();
}

/** Under `npm start` one Ctrl-C arrives twice: from the terminal, and passed on by npm. */
function exitIfMeant(stoppingSince: number): void {
  if (performance.now() - stoppingSince > 500) process.exit(1);
}

/** A state that nobody has thought of: better to start afresh. */
function crash(error: unknown): void {
  logToStandardError({ level: "error", message: "The server crashed.", error: summarize(error) });
  process.exit(1);
}
