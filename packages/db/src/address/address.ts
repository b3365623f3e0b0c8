import { parameterFault } from "./parameters.js";
import { readTls, type Tls } from "./tls.js";
import { takeApart } from "./url.js";

/** Where PostgreSQL listens: a TCP port, or a socket in the file system. */
export interface Host {
  name: string;
  port: number;
  /** Null for TCP. */
  socketPath: string | null;
}

/** What an address says, as libpq understands it unless the table in `parameters.ts` says otherwise. */
export interface Address {
  /** In the order in which they are tried. */
  hosts: readonly [Host, ...Host[]];
  /** Null leaves these to the driver: PGUSER, PGPASSWORD, PGDATABASE, or the name of the system's account. */
  user: string | null;
  password: string | null;
  database: string | null;
  tls: Tls;
  /** Whether it demands `channel_binding`, which the driver cannot do. */
  bindsChannel: boolean;
  /** Which of the hosts will do. */
  target: "any" | "primary" | "read-write";
  /** Sent to the server when a session starts. */
  applicationName: string;
  options: string | null;
  /** Whether statements may be prepared on the server. */
  isPrepared: boolean;
  /** Null leaves it to Keywright. */
  connectMs: number | null;
  poolSize: number | null;
  poolWaitMs: number | null;
  keepAliveSeconds: number | null;
}

type Parameters = ReadonlyMap<string, string>;

/** Throws an `Error` with one sentence that names the part that is wrong, and quotes no value. */
export function parseAddress(url: string): Address {
  const parameters = takeApart(url);
  for (const [name, value] of parameters) {
    const fault = parameterFault(name, value);
    if (fault !== null) throw new Error(`The parameter ${name} of DATABASE_URL ${fault}.`);
  }
  return {
    hosts: readHosts(parameters),
    user: given(parameters, "user"),
    password: given(parameters, "password"),
    database: given(parameters, "dbname"),
    tls: readTls(parameters),
    bindsChannel: given(parameters, "channel_binding") === "require",
    target: readTarget(parameters),
    applicationName:
      given(parameters, "application_name") ?? given(parameters, "fallback_application_name") ?? "keywright",
    // A plus is a space here, as in forms on the web: hosts print it so, and no option has a plus in it.
    options: given(parameters, "options")?.replaceAll("+", " ") ?? null,
    isPrepared: !isUnprepared(parameters),
    connectMs: milliseconds(given(parameters, "connect_timeout")),
    poolSize: wholeNumber(given(parameters, "connection_limit")),
    poolWaitMs: milliseconds(given(parameters, "pool_timeout")),
    keepAliveSeconds: given(parameters, "keepalives") === "0" ? 0 : wholeNumber(given(parameters, "keepalives_idle")),
  };
}

/** Whether nobody but this machine can listen in on the way to the host. */
export function isLocal({ name, socketPath }: Host): boolean {
  return socketPath !== null || /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|::1)$/i.test(name);
}

function readHosts(parameters: Parameters): [Host, ...Host[]] {
  const names = (parameters.get("host") ?? "").split(",");
  const ports = (parameters.get("port") ?? "").split(",");
  if (ports.length > 1 && ports.length !== names.length)
    throw new Error(
      "DATABASE_URL is not a valid postgres:// URL: its list of ports is not as long as its list of hosts.",
    );
  const [first = toHost("", ""), ...rest] = names.map((name, at) =>
    toHost(name, ports[ports.length > 1 ? at : 0] ?? ""),
  );
  return [first, ...rest];
}

function toHost(written: string, writtenPort: string): Host {
  const port = writtenPort === "" ? 5432 : Number(writtenPort);
  if (!/^\d*$/.test(writtenPort) || port < 1 || port > 65_535)
    throw new Error(
      "DATABASE_URL is not a valid postgres:// URL: its port is not a number from 1 to 65535. If a password stands there, write its / as %2F, ? as %3F, # as %23 and @ as %40.",
    );
  const name = written.replace(/^\[(.*)\]$/, "$1") || "localhost";
  return { name, port, socketPath: name.startsWith("/") ? `${name}/.s.PGSQL.${port}` : null };
}

function readTarget(parameters: Parameters): Address["target"] {
  const target = given(parameters, "target_session_attrs");
  return target === "read-write" || target === "primary" ? target : "any";
}

function isUnprepared(parameters: Parameters): boolean {
  return (
    given(parameters, "pgbouncer") === "true" ||
    given(parameters, "prepare") === "false" ||
    given(parameters, "statement_cache_size") === "0"
  );
}

function given(parameters: Parameters, name: string): string | null {
  return parameters.get(name) || null;
}

function wholeNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}

const longestSeconds = 60;

/** Zero means without end everywhere else; nobody waits longer than a minute for a page. */
function milliseconds(text: string | null): number | null {
  const seconds = wholeNumber(text);
  return seconds === null ? null : 1_000 * Math.min(seconds || longestSeconds, longestSeconds);
}
