import { describe, expect, test } from "vitest";
import { parseAddress } from "../../packages/db/src/address/address.js";

function hostsOf(url: string): string[] {
  return parseAddress(url).hosts.map(({ name, port, socketPath }) => socketPath ?? `${name} ${port}`);
}

function refusal(url: string): string {
  try {
    parseAddress(url);
    return "accepted";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

test.each([
  ["postgres://u:p@db.example.com/x", ["db.example.com 5432"]],
  ["postgresql://db:6543", ["db 6543"]],
  ["postgres://", ["localhost 5432"]],
  ["postgres:///x", ["localhost 5432"]],
  ["postgres://u:p@[::1]:5433/x", ["::1 5433"]],
  ["postgres://u:p@[2001:db8::17]/x", ["2001:db8::17 5432"]],
  ["postgres://u@one,two:5433,[::1]/x", ["one 5432", "two 5433", "::1 5432"]],
  ["postgres://u@one,two/x?port=6000", ["one 6000", "two 6000"]],
  ["postgres://u@/x?host=one,two&port=1,2", ["one 1", "two 2"]],
  ["postgres://%2Fvar%2Frun%2Fpostgresql/x", ["/var/run/postgresql/.s.PGSQL.5432"]],
  ["postgres:///x?host=/var/run/postgresql&port=5433", ["/var/run/postgresql/.s.PGSQL.5433"]],
  [
    "postgres://u:p@localhost/x?host=/cloudsql/project:region:instance",
    ["/cloudsql/project:region:instance/.s.PGSQL.5432"],
  ],
])("the hosts of %s are found", (url, hosts) => {
  expect(hostsOf(url)).toEqual(hosts);
});

test("user, password and database are decoded, wherever they stand", () => {
  const parts = (url: string) => {
    const { user, password, database } = parseAddress(url);
    return [user, password, database];
  };
  expect(parts("postgres://a%40b:p%2F%3F%23%25@h/my%20db")).toEqual(["a@b", "p/?#%", "my db"]);
  expect(parts("postgres://a:p@ss#word@h/x")).toEqual(["a", "p@ss#word", "x"]);
  expect(parts("postgres://h?user=a&password=p%26q&dbname=x")).toEqual(["a", "p&q", "x"]);
  expect(parts("postgres://h")).toEqual([null, null, null]);
});

/** Addresses as hosts and tools hand them out. */
test.each([
  "postgresql://u:p@ep-cool-123.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
  "postgresql://u:p@ep-cool-123-pooler.aws.neon.tech/neondb?sslmode=require&options=endpoint%3Dep-cool-123",
  "postgres://postgres.abc:p@aws-0-eu.pooler.supabase.com:6543/postgres?sslmode=require&supa=base-pooler.x",
  "postgresql://postgres.abc:p@aws-0-eu.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1",
  "postgresql://johndoe:randompassword@localhost:5432/mydb?schema=public",
  "postgresql://u:p@h:5432/x?connection_limit=1&pool_timeout=0&connect_timeout=10&sslaccept=accept_invalid_certs",
  "postgresql://u:p@h:25060/defaultdb?sslmode=require",
  "postgres://u:p@top2.nearest.of.app.internal:5432/x?sslmode=disable",
  "postgres://u:p@h/x?ssl=true&uselibpqcompat=true",
])("the address %s is understood", (url) => {
  expect(refusal(url)).toBe("accepted");
});

describe("an address that is wrong is refused in a sentence that names the part and quotes nothing", () => {
  test.each([
    ["postgres://u:p%zz@h/x", /% in its password/],
    ["postgres://u%:p@h/x", /% in its user/],
    ["postgres://u:p@h/x%", /% in the name of its database/],
    ["postgres://u:p%00@h/x", /% in its password/],
    ["postgres://u:hunter/2@h/x", /special characters .* %2F/],
    ["postgres://u:hunter?2@h/x", /special characters .* %3F/],
    ["postgres://u:12?hunter=2@h/x", /special characters/],
    ["postgres://u:p@h:hunter/x", /port/],
    ["postgres://u:p@h:70000/x", /port/],
    ["postgres://u:p@::1/x", /IPv6 .* brackets/],
    ["postgres://u:p@a,b,c/x?port=1,2", /list of ports/],
    ["postgres://u:hunter2@h/x?sslmod=require", /parameter sslmod of DATABASE_URL is not one/],
    ["postgres://u:hunter2@h/x?constructor=1", /parameter constructor of DATABASE_URL is not one/],
    ["postgres://u:hunter2@h/x?sslmode", /parameter sslmode of DATABASE_URL has no value/],
    ["postgres://u:hunter2@h/x?sslmode=hunter", /parameter sslmode of DATABASE_URL must be disable, .* or verify-full/],
    ["postgres://u:hunter2@h/x?ssl=yes", /parameter ssl of DATABASE_URL must be/],
    ["postgres://u:hunter2@h/x?target_session_attrs=standby", /target_session_attrs .* Keywright writes/],
    ["postgres://u:hunter2@h/x?connect_timeout=soon", /connect_timeout .* whole number/],
    ["postgres://u:hunter2@h/x?connection_limit=0", /connection_limit .* from 1/],
    ["postgres://u:hunter2@h/x?sslrootcert=/no/such/file", /sslrootcert without sslmode/],
    [
      "postgres://u:hunter2@h/x?sslmode=verify-full&sslrootcert=/no/such/file",
      /sslrootcert .* cannot be read \(ENOENT\)/,
    ],
    ["postgres://u:hunter2@h/x?sslmode=require&sslcert=/no/such/file", /both sslcert and sslkey/],
    ["postgres://u:hunter2@h/x?sslmode=require&sslrootcert=system", /verify-full only/],
    ["postgres://u:hunter2@h/x?sslnegotiation=direct", /without encryption/],
    ["postgres://u:hunter2@h/x?client_encoding=LATIN1", /client_encoding .* UTF8/],
    ["postgres://u:hunter2@h/x?service=mine", /service .* cannot be used/],
  ])("%s", (url, sentence) => {
    expect(refusal(url)).toMatch(sentence);
    expect(refusal(url)).toMatch(
      /^(?:DATABASE_URL is not a valid postgres:\/\/ URL:|DATABASE_URL has|The (?:parameter|file)|DATABASE_URL needs) .*\.$/,
    );
    expect(refusal(url)).not.toMatch(/hunter|\/no\/such/);
  });
});
