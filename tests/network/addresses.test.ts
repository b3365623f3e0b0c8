import { connect } from "@keywright/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFault } from "../../packages/api/src/operator/start-fault.js";
import { type Cluster, startCluster } from "../support/postgres-cluster.js";
import { ask, askOn, codeOf } from "./ask.js";
import { type Certificates, makeCertificates } from "./certificates.js";

let certificates: Certificates;
let cluster: Cluster;

const rules = `
local all all trust
hostssl all certified all trust clientcert=verify-ca
hostssl all encrypted all trust
hostnossl all plain all trust
hostssl all secret all scram-sha-256
host all tester all trust
`;

beforeAll(async () => {
  certificates = await makeCertificates();
  cluster = await startCluster({
    settings: [
      "listen_addresses=127.0.0.1,::1",
      "ssl=on",
      "ssl_cert_file=server.crt",
      "ssl_key_file=server.key",
      "ssl_ca_file=ca.crt",
    ],
    files: {
      "pg_hba.conf": rules,
      "server.crt": certificates.server.cert,
      "server.key": certificates.server.key,
      "ca.crt": certificates.authority,
    },
  });
  const admin = await connect(cluster.url);
  for (const role of ["certified", "encrypted", "plain"]) await admin.db.execute(`create role ${role} login`);
  await admin.db.execute(`create role secret login password 'p@ss/w:o?r#d% "x"'`);
  await admin.close();
});

afterAll(async () => {
  await cluster.stop();
  await certificates.remove();
});

const isEncrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

function address(user: string, query = "", host = "localhost"): string {
  return `postgres://${user}@${host}:${cluster.port}/postgres${query && `?${query}`}`;
}

test.each([
  ["D11, as neonctl writes it", "sslmode=require&channel_binding=require"],
  ["require", "sslmode=require"],
  ["no-verify", "sslmode=no-verify"],
  ["prefer", "sslmode=prefer"],
  ["allow, where the server demands it", "sslmode=allow"],
  ["ssl=true", "ssl=true"],
  ["Prisma's words for no verification", "sslmode=require&sslaccept=accept_invalid_certs"],
])("an address is encrypted with %s", async (_, query) => {
  expect(await ask(address("encrypted", query), isEncrypted)).toBe("true");
});

test("a channel that cannot be bound is warned of, unless the certificate is verified", async () => {
  const warnings = async (query: string) => {
    const heard: string[] = [];
    await ask(address("encrypted", `channel_binding=require&${query}`), "1", {
      onWarning: (said) => void heard.push(said),
    });
    return heard;
  };
  expect(await warnings("sslmode=require")).toEqual([expect.stringMatching(/channel_binding.*verify-full/)]);
  expect(await warnings(`sslmode=verify-full&sslrootcert=${certificates.paths.authority}`)).toEqual([]);
});

test.each([
  ["no sslmode", ""],
  ["disable", "sslmode=disable"],
  ["allow, where the server takes it", "sslmode=allow"],
])("an address is not encrypted with %s", async (_, query) => {
  expect(await ask(address("tester", query), isEncrypted)).toBe("false");
});

test("prefer goes without encryption where the server wants none from this user", async () => {
  expect(await ask(address("plain", "sslmode=prefer"), isEncrypted)).toBe("false");
  expect(await codeOf(ask(address("plain", "sslmode=require"), "1"))).toBe("28000");
});

test("D15: the authority that the address names is asked, and the certificate must be for the host", async () => {
  const { authority } = certificates.paths;
  const named = (mode: string) => `sslmode=${mode}&sslrootcert=${encodeURIComponent(authority)}`;
  expect(await ask(address("encrypted", named("verify-full")), isEncrypted)).toBe("true");
  expect(await ask(address("encrypted", named("verify-ca"), "127.0.0.1"), isEncrypted)).toBe("true");
  expect(await codeOf(ask(address("encrypted", named("verify-full"), "127.0.0.1"), "1"))).toBe(
    "ERR_TLS_CERT_ALTNAME_INVALID",
  );
  for (const mode of ["sslmode=verify-full", "sslmode=verify-ca", "sslmode=require&sslaccept=strict"])
    expect(await codeOf(ask(address("encrypted", mode), "1"))).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/);
});

test("the client's own certificate is shown to a server that wants it", async () => {
  const { clientCert, clientKey } = certificates.paths;
  const own = `&sslcert=${clientCert}&sslkey=${clientKey}`;
  expect(await ask(address("certified", `sslmode=require${own}`), isEncrypted)).toBe("true");
  expect(await codeOf(ask(address("certified", "sslmode=require"), "1"))).toBe("28000");
});

test("the handshake can come first, as PostgreSQL 17 knows it", async () => {
  expect(await ask(address("encrypted", "sslmode=require&sslnegotiation=direct"), isEncrypted)).toBe("true");
});

test.each(["", "?sslmode=disable"])("D16: a server that demands TLS is said to, with %j", async (query) => {
  const connection = await connect(`postgres://encrypted@127.0.0.1:${cluster.port}/postgres${query}`);
  const fault = await askOn(connection, "1").catch((error: unknown) => error);
  await connection.close();
  expect(startFault(fault, "DATABASE_URL")).toMatch(
    /^The database set by DATABASE_URL .*encrypted.*sslmode=require.*\.$/,
  );
});

test("a server without TLS is said to have none, and goes with prefer", async () => {
  const bare = await startCluster();
  const fault = await ask(`${bare.url}?sslmode=require`, "1").catch((error: unknown) => error);
  expect(startFault(fault, "DATABASE_URL")).toMatch(/^The database set by DATABASE_URL .*TLS.*sslmode.*\.$/);
  expect(await ask(`${bare.url}?sslmode=prefer`, "current_user")).toBe("tester");
  await bare.stop();
});

test("D12: parameters of others mean what they mean there", async () => {
  const query = "pgbouncer=true&schema=x&connect_timeout=5&application_name=a&connection_limit=1&pool_timeout=7";
  const connection = await connect(address("tester", query));
  expect(await askOn(connection, "current_setting('application_name')")).toBe("a");
  expect(await askOn(connection, "current_schema")).toBe("public");
  const pids = await Promise.all(Array.from({ length: 8 }, () => askOn(connection, "pg_backend_pid()")));
  expect(new Set(pids).size).toBe(1);
  expect(await askOn(connection, "select count(*) from pg_prepared_statements")).toBe("0");
  await connection.close();
});

test("options reach the server, with the space written either way", async () => {
  for (const space of ["%20", "+"]) {
    const query = `options=-c${space}search_path%3Dapp`;
    expect(await ask(address("tester", query), "current_setting('search_path')")).toBe("app");
  }
});

test.each(["prepare=false", "statement_cache_size=0", "pgbouncer=true"])("%s prepares nothing", async (query) => {
  const connection = await connect(address("tester", `${query}&connection_limit=1`));
  for (let turn = 0; turn < 3; turn++) await connection.db.execute("select 1");
  expect(await askOn(connection, "select count(*) from pg_prepared_statements")).toBe("0");
  await connection.close();
});

test("D13: an IPv6 address is a host", async () => {
  expect(await ask(address("tester", "", "[::1]"), "inet_server_addr()")).toBe("::1/128");
});

test("D14: a socket is a host, in both spellings and with its port", async () => {
  const folder = cluster.directory;
  const local = "coalesce(inet_server_addr()::text, 'a socket')";
  const { port } = cluster;
  for (const url of [
    `postgres:///postgres?host=${folder}&port=${port}&user=tester`,
    `postgres://tester@${encodeURIComponent(folder)}:${port}/postgres`,
    `postgresql://tester@/postgres?host=${encodeURIComponent(folder)}&port=${port}&sslmode=require`,
    `postgres://tester@localhost:${port}/postgres?host=${folder}`,
  ])
    expect(await ask(url, local)).toBe("a socket");
});

test("every character can be in a password, in the address or as a parameter", async () => {
  const password = encodeURIComponent(`p@ss/w:o?r#d% "x"`);
  expect(await ask(address(`secret:${password}`, "sslmode=require"), "current_user")).toBe("secret");
  expect(await ask(address("nobody", `sslmode=require&user=secret&password=${password}`), "current_user")).toBe(
    "secret",
  );
  expect(await codeOf(ask(address("secret:wrong", "sslmode=require"), "1"))).toBe("28P01");
});
