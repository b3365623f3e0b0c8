type Check = (value: string) => string | null;

const anything: Check = () => null;

function oneOf(...values: string[]): Check {
  return (value) => (values.includes(value) ? null : `must be ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`);
}

function number(least: number, most: number): Check {
  return (value) => {
    const isWhole = /^\d{1,6}$/.test(value) && Number(value) >= least && Number(value) <= most;
    return isWhole ? null : `must be a whole number from ${least} to ${most}`;
  };
}

function refused(sentence: string): Check {
  return () => `cannot be used: ${sentence}`;
}

const yesOrNo = oneOf("true", "false");

/** Each parameter that is known, by whose documentation it is read, and what is wrong with a value. */
export const parameters: Readonly<Record<string, Check>> = {
  // libpq, which is what psql and most drivers use: https://www.postgresql.org/docs/current/libpq-connect.html
  host: anything,
  port: anything,
  user: anything,
  password: anything,
  dbname: anything,
  sslmode: oneOf("disable", "allow", "prefer", "require", "no-verify", "verify-ca", "verify-full"),
  // Of JDBC: libpq reads `true` as sslmode=require.
  ssl: oneOf("true", "1", "false", "0"),
  sslrootcert: anything,
  sslcert: anything,
  sslkey: anything,
  sslpassword: anything,
  sslnegotiation: oneOf("postgres", "direct"),
  ssl_min_protocol_version: oneOf("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
  ssl_max_protocol_version: oneOf("TLSv1.2", "TLSv1.3"),
  sslcompression: oneOf("0", "1"),
  sslsni: (value) => (value === "1" ? null : "must be 1: the host's name is always sent with TLS"),
  sslcrl: refused("revoked certificates are not looked up"),
  sslcrldir: refused("revoked certificates are not looked up"),
  gssencmode: oneOf("disable", "prefer"),
  channel_binding: oneOf("disable", "prefer", "require"),
  connect_timeout: number(0, 600),
  application_name: anything,
  fallback_application_name: anything,
  options: anything,
  client_encoding: (value) => (/^(?:auto|utf-?8|unicode)$/i.test(value) ? null : "must be UTF8"),
  keepalives: oneOf("0", "1"),
  keepalives_idle: number(0, 86_400),
  load_balance_hosts: (value) => (value === "disable" ? null : "must be disable: hosts are tried in their order"),
  target_session_attrs: (value) => {
    if (/^(?:any|primary|read-write)$/.test(value)) return null;
    const isKnown = /^(?:standby|prefer-standby|read-only)$/.test(value);
    return isKnown ? "must be read-write, primary or any: Keywright writes" : "must be read-write, primary or any";
  },
  hostaddr: refused("write the address as the host"),
  passfile: refused("write the password into the address, or set PGPASSWORD"),
  service: refused("write out what the service file says"),
  // Prisma: https://www.prisma.io/docs/orm/overview/databases/postgresql
  schema: anything, // Keywright's tables are in the schema keywright, whatever the app's is.
  connection_limit: number(1, 1_000),
  pool_timeout: number(0, 600),
  pgbouncer: yesOrNo,
  sslaccept: oneOf("strict", "accept_invalid_certs"),
  sslidentity: refused("use sslcert and sslkey"),
  socket_timeout: refused("Keywright has time limits of its own"),
  // node-postgres; what it switches on is how every address is read here.
  uselibpqcompat: yesOrNo,
  // postgres.js, and asyncpg
  prepare: yesOrNo,
  statement_cache_size: number(0, 100_000),
  // Supabase's and Vercel's own notes in the addresses that they hand out
  supa: anything,
  workaround: anything,
  // The server's own settings, which some drivers pass on
  statement_timeout: refused("Keywright sets its own"),
  idle_in_transaction_session_timeout: refused("Keywright sets its own"),
  search_path: refused(
    "Keywright's tables are in the schema keywright; to set it all the same, use options=-c%20search_path%3DNAME",
  ),
};

/** What is wrong with a parameter, to follow its name in a sentence; null if nothing is. */
export function parameterFault(name: string, value: string): string | null {
  const check = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (!check) return "is not one that Keywright knows: remove it; docs/database-address.md lists them";
  return value === "" ? null : check(value);
}
