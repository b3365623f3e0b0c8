import { readFileSync } from "node:fs";
import type { SecureVersion } from "node:tls";

/** How connections over TCP are encrypted; those over a socket of this machine never are. */
export interface Tls {
  /**
   * `allow` encrypts if the server demands it, `prefer` if it can, the others always. `require` accepts any certificate,
   * `verify-ca` one of a trusted authority, and `verify-full` only if it is for that host.
   */
  mode: "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";
  /** Begins with the handshake, as PostgreSQL 17 can, instead of asking whether there is TLS. */
  isDirect: boolean;
  /** For `node:tls`. */
  files: Partial<Record<"ca" | "cert" | "key", string>>;
  passphrase: string | null;
  minVersion: SecureVersion | null;
  maxVersion: SecureVersion | null;
}

type Parameters = ReadonlyMap<string, string>;

const versions: Record<string, SecureVersion> = {
  TLSv1: "TLSv1",
  "TLSv1.1": "TLSv1.1",
  "TLSv1.2": "TLSv1.2",
  "TLSv1.3": "TLSv1.3",
};

/** Reads the files that the address names. */
export function readTls(parameters: Parameters): Tls {
  const mode = readMode(parameters);
  const isDirect = parameters.get("sslnegotiation") === "direct";
  if (isDirect && (mode === "disable" || mode === "allow" || mode === "prefer"))
    throw new Error("DATABASE_URL has sslnegotiation=direct without encryption: add sslmode=require, or remove it.");
  return {
    mode,
    isDirect,
    files: mode === "disable" ? {} : readFiles(parameters),
    passphrase: parameters.get("sslpassword") || null,
    minVersion: versions[parameters.get("ssl_min_protocol_version") ?? ""] ?? null,
    maxVersion: versions[parameters.get("ssl_max_protocol_version") ?? ""] ?? null,
  };
}

function readMode(parameters: Parameters): Tls["mode"] {
  const mode = writtenMode(parameters);
  const authority = parameters.get("sslrootcert");
  if (authority === "system") {
    if (mode === "verify-full" || !parameters.get("sslmode")) return "verify-full";
    throw new Error("DATABASE_URL has sslrootcert=system, which goes with sslmode=verify-full only.");
  }
  if (authority && !parameters.get("sslmode"))
    throw new Error("DATABASE_URL has sslrootcert without sslmode: add sslmode=verify-full.");
  // libpq's rule: who names an authority wants it asked.
  return mode === "require" && authority ? "verify-ca" : mode;
}

function writtenMode(parameters: Parameters): Tls["mode"] {
  const sslmode = parameters.get("sslmode");
  if (sslmode === "no-verify") return "require";
  if (parameters.get("sslaccept") === "strict" && sslmode !== "disable") return "verify-full";
  switch (sslmode) {
    case "disable":
    case "allow":
    case "prefer":
    case "require":
    case "verify-ca":
    case "verify-full":
      return sslmode;
  }
  return /^(?:true|1)$/.test(parameters.get("ssl") ?? "") ? "require" : "disable";
}

function readFiles(parameters: Parameters): Tls["files"] {
  const authority = parameters.get("sslrootcert");
  const isNamed = Boolean(authority) && authority !== "system";
  const own = Boolean(parameters.get("sslcert"));
  if (own !== Boolean(parameters.get("sslkey")))
    throw new Error(
      "DATABASE_URL needs both sslcert and sslkey, the client's certificate and its key, or neither; the authority of the server's certificate is sslrootcert.",
    );
  return {
    ...(isNamed && { ca: fileOf(parameters, "sslrootcert") }),
    ...(own && { cert: fileOf(parameters, "sslcert"), key: fileOf(parameters, "sslkey") }),
  };
}

function fileOf(parameters: Parameters, name: string): string {
  try {
    return readFileSync(parameters.get(name) ?? "", "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    throw new Error(`The file that ${name} of DATABASE_URL names cannot be read${code}.`);
  }
}
