import { logToStandardError, summarize } from "@keywright/api";
import { type Config, loadConfig, startFault } from "@keywright/api/operator";
import { createServer, type RunningServer } from "./server.js";

/** After a crash: the process is in an unforeseen state, but callers need not suffer for it. */
const crashDrainMs = 5_000;
const longestCrashMs = 10_000;

/** Longer than draining takes, and shorter than the 30 seconds after which Kubernetes and others kill the process. */
const longestStopMs = 28_000;

/** Read right away: the parent may be gone by the time the server is ready. */
const parent = process.ppid;
process.on("unhandledRejection", crash);
process.on("uncaughtException", crash);
// Whoever reads them may go away, which is no reason to stop; without a listener, Node.js would crash.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const program: { stop: Stop | null } = { stop: null };
await run();

/** Ends the program in order, with this exit code. */
type Stop = (how: { code: 0 | 1; drainMs?: number; atMostMs: number }) => void;

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
  let exitCode = 0;
  program.stop = ({ code, drainMs, atMostMs }) => {
    exitCode = Math.max(exitCode, code);
    setTimeout(() => process.exit(1), atMostMs).unref();
    if (stoppingSince !== null) return;
    stoppingSince = performance.now();
    const exit = (code: number) => process.exit(code);
    server.close(drainMs).then(
      () => exit(exitCode),
      () => exit(1),
    );
  };
  const asked = () => {
    if (stoppingSince !== null) return exitIfMeant(stoppingSince);
    program.stop?.({ code: 0, atMostMs: longestStopMs });
  };
  process.on("SIGTERM", asked);
  process.on("SIGINT", asked);
  if (isUnderNpm) onceOrphaned(asked);
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

/** Better to start again, but not before the calls under way are answered. */
function crash(error: unknown): void {
  logToStandardError({ level: "error", message: "The server crashed.", error: summarize(error) });
  if (program.stop === null) process.exit(1);
  program.stop({ code: 1, drainMs: crashDrainMs, atMostMs: longestCrashMs });
}
