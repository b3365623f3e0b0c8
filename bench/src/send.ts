import { Agent, type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { text } from "node:stream/consumers";

export interface Answer {
  url: string;
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

const agent = new Agent({ keepAlive: true });

/** `fetch` takes several times as much of the machine that it shares with what is measured. */
export async function send(url: string, options: RequestOptions, body = ""): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent }, (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((body) => resolve({ url, status, headers, body }), reject);
    });
    // Its server may have closed a connection that was idle, as this went out.
    const again = () => send(url, options, body).then(resolve, reject);
    sent.on("error", (error) => (sent.reusedSocket && isReset(error) ? again() : reject(error))).end(body);
  });
}

function isReset(error: Error): boolean {
  return "code" in error && error.code === "ECONNRESET";
}
