import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

export type Fault = (response: ServerResponse) => void;

/** What endpoints do instead of answering. */
export const faults = {
  redirect: (status: number) => (response: ServerResponse) =>
    void response.writeHead(status, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
  tenMegabytes: (response: ServerResponse) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(`{"x":"${"x".repeat(10_485_760)}"}`),
  packedMegabytes: (response: ServerResponse) =>
    void response
      .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
      .end(gzipSync(`{"x":"${"x".repeat(10_485_760)}"}`)),
  drip: (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "application/json" });
    const drops = setInterval(() => response.write(" "), 500);
    response.on("close", () => clearInterval(drops));
  },
  hang: (_response: ServerResponse) => {},
  hangMidway: (response: ServerResponse) =>
    void response.writeHead(200, { "content-type": "application/json" }).write('{"access_token":'),
  invalidJson: (response: ServerResponse) =>
    void response.writeHead(200, { "content-type": "application/json" }).end('{"access_token": "x'),
  wrongType: (response: ServerResponse) =>
    void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>"),
  status: (status: number) => (response: ServerResponse) =>
    void response.writeHead(status, { "content-type": "application/json" }).end('{"error":"invalid_grant"}'),
  hangUp: (response: ServerResponse) => void response.destroy(),
};
