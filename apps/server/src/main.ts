import { logToStandardError, summarize } from "@keywright/api";
import { type Config, loadConfig, startFault } from "@keywright/api/operator";
import { createServer, type RunningServer } from "./server.js";

/** Longer than draining takes, and shorter than the 30 seconds after which Kubernetes and others kill the process. */
const longestStopMs = 28_000;

/** Read right away: the parent may be gone by the time the server is ready. */
const parent = process.ppid;
process.on("unhandledRejection", crash);
process.on("uncaughtException", crash);
// Whoever reads them may go away, which is no reason to stop; without a listener, Node.js would crash.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
await run();

async function run(): Promise<void> {
  let databaseSetting = "DATABASE_URL";
  try {
    const config = await loadConfig(process.env, process.cwd());
    databaseSetting = config.databaseSetting;
    const server = await createServer(config);
    stopWhenAsked(server, config);
    process.stdout.write(announcement(server, config));
  } catch (error) {
    process.stderr.write(`${startFault(error, databaseSetting)}\n`);
    process.exit(1);
  }
}

function announcement({ url, port, mailboxUrl, trialUrl }: RunningServer, config: Config): string {
  const { publicUrl, host, isProduction } = config;
  const isOpen = !isProduction && !/^(127\.|localhost$|::1$)/.test(host);
  const lines = [
    `Keywright is ready at ${url}${publicUrl === null ? "" : ` (listening on ${host}:${port})`}`,
    mailboxUrl && `Development mailbox: ${mailboxUrl}`,
    trialUrl && `Social sign-in to try: ${trialUrl}`,
    `Data: ${describeData(config)}`,
    `Settings: ${config.sources}`,
    isOpen &&
      "HOST lets other machines in, and this is a development server: anybody who can reach it can read its mails.",
  ];
  return lines.flatMap((line) => (line ? [`${line}\n`] : [])).join("");
}

function describeData({ database, databaseSetting, isProduction }: Config): string {
  if (!database.startsWith("pglite:")) return `PostgreSQL, as set by ${databaseSetting}.`;
  const path = database.slice("pglite:".length);
  if (isProduction) return `embedded database in ${path}, as set by ${databaseSetting}. It serves this process only.`;
  return `embedded database in ${path}, for evaluation and development. In production, set DATABASE_URL=postgres://…`;
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

/** Killing an npm that runs a script ends npm and its shell, but would leave us running with the data locked. */
function onceOrphaned(stop: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 250).unref();
}

/** Under `npm start`, one Ctrl-C arrives twice: from the terminal, and forwarded by npm. */
function exitIfMeant(stoppingSince: number): void {
  if (performance.now() - stoppingSince > 500) process.exit(1);
}

/** An unforeseen state: better to restart. */
function crash(error: unknown): void {
  logToStandardError({ level: "error", message: "The server crashed.", error: summarize(error) });
  process.exit(1);
}
