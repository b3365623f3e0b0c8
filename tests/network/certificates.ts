import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Certificates {
  /** The certificate of the authority that signed the other two. */
  authority: string;
  /** For the host `localhost`. */
  server: { cert: string; key: string };
  /** For the user `tester`. */
  client: { cert: string; key: string };
  /** Paths of the same files. */
  paths: { authority: string; clientCert: string; clientKey: string };
  remove(): Promise<void>;
}

/** An authority of this test's own, with certificates for a server and a user. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "keywright-certificates-"));
  const path = (name: string) => join(folder, name);
  const openssl = (...options: string[]) => promisify(execFile)("openssl", options, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  await openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority of a test");
  const sign = async (name: string, extension: string) => {
    await openssl(
      ...["req", "-x509", ...key, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/CN=${name}`],
      ...["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", extension, "-addext", "basicConstraints=critical,CA:FALSE"],
    );
    return { cert: await readFile(path(`${name}.pem`), "utf8"), key: await readFile(path(`${name}.key`), "utf8") };
  };
  const server = await sign("localhost", "subjectAltName=DNS:localhost");
  const client = await sign("tester", "extendedKeyUsage=clientAuth");
  return {
    authority: await readFile(path("ca.pem"), "utf8"),
    server,
    client,
    paths: { authority: path("ca.pem"), clientCert: path("tester.pem"), clientKey: path("tester.key") },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
