import { join, resolve } from "node:path";
import { createKeywright, createMailbox, createSmtpMailer, type Keywright, type Provider } from "@keywright/api";
import type { Config } from "@keywright/api/operator";
import { basePath, withoutBase } from "./base-path.js";
import { createDevelopmentSignIn, isForDevelopment } from "./development-sign-in.js";
import { identify } from "./identify.js";
import { type Listener, listen } from "./listener.js";
import { createServerLog, type ServerLog } from "./log.js";
import type { Mailbox } from "./mailbox.js";
import { createRequestListener } from "./request-listener.js";
import { keptSecret } from "./secret.js";
import { tryPath } from "./try-sign-in.js";

export interface RunningServer {
  /** Where the server can be reached. */
  url: string;
  /** The actual port. */
  port: number;
  /** Address of the development mailbox; null if mails are really sent. */
  mailboxUrl: string | null;
  /** Where social sign-in can be tried; null if there is a real provider, or others could reach it. */
  trialUrl: string | null;
  /** Answers requests in progress for up to `drainMs` (default 15 seconds), stops delivering mail, closes the database. */
  close(drainMs?: number): Promise<void>;
}

/** In the working directory, so that each checkout has its own accounts. */
const dataFolder = ".keywright";
const defaultDrainMs = 15_000;

/** Composes and starts the server. Binds the port first, so that a free one (`PORT=0`) can be part of its address. */
export async function createServer(config: Config): Promise<RunningServer> {
  const listener = await listen(config);
  try {
    return await start(config, listener);
  } catch (error) {
    await listener.drain(0);
    throw error;
  }
}

async function start(config: Config, listener: Listener): Promise<RunningServer> {
  const url = config.publicUrl ?? `http://localhost:${listener.port}`;
  const mailbox =
    config.smtp || config.mailer || config.isProduction ? null : createMailbox(join(dataFolder, "mailbox"));
  const { providers = [] } = config.settings;
  const developmentSignIn =
    providers.length === 0 && isForDevelopment(config, url) ? createDevelopmentSignIn(url) : null;
  const log = createServerLog(config.logLevel);
  const keywright = await startKeywright(config, url, {
    log,
    mailbox,
    providers: developmentSignIn ? [developmentSignIn.provider] : providers,
  });
  let isDraining = false;
  const base = basePath(url);
  const requestLog = config.logRequests ? log : null;
  const parts = { keywright, config, requestLog, publicUrl: url, mailbox, developmentSignIn };
  const answer = createRequestListener({ ...parts, isDraining: () => isDraining });
  listener.serve((request, response) => {
    // RFC 6797. Without the subdomains: they are not ours to decide about.
    if (url.startsWith("https:")) response.setHeader("strict-transport-security", "max-age=31536000");
    request.url = withoutBase(request.url ?? "/", base);
    identify(request);
    return answer(request, response);
  });
  return {
    url,
    port: listener.port,
    // Not the public address: the mailbox answers to this machine's own name only.
    mailboxUrl: mailbox && `http://localhost:${listener.port}/dev/mailbox`,
    trialUrl: developmentSignIn && `http://localhost:${listener.port}${tryPath}`,
    async close(drainMs = defaultDrainMs) {
      isDraining = true;
      await listener.drain(drainMs);
      await keywright.close();
    },
  };
}

async function startKeywright(
  config: Config,
  publicUrl: string,
  { log, mailbox, providers }: { log: ServerLog; mailbox: Mailbox | null; providers: Provider[] },
): Promise<Keywright> {
  return await createKeywright({
    log: log.log,
    ...config.settings,
    providers,
    onEvent(event) {
      log.event(event);
      return config.settings.onEvent?.(event);
    },
    secret: config.secret ?? (await keptSecret(resolve(dataFolder))),
    previousSecret: config.previousSecret ?? undefined,
    publicUrl,
    appUrl: config.appUrl ?? publicUrl,
    corsOrigins: config.corsOrigins,
    trustedProxyHops: config.trustedProxyHops,
    clientAddressHeader: config.clientAddressHeader ?? undefined,
    database: config.database,
    mailer: config.mailer ?? mailbox ?? smtpMailer(config),
  });
}

function smtpMailer({ smtp, isProduction }: Config) {
  if (smtp === null) throw new Error("SMTP_URL must be set in production.");
  return createSmtpMailer({ ...smtp, requireTls: isProduction });
}
