import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface SmtpWire {
  /** For `SMTP_URL`. */
  url: string;
  /** What was said after `RCPT TO:` and `To:`, byte by byte, for each mail. */
  mails: { envelope: string; header: string; text: string }[];
  stop(): Promise<void>;
}

/** An SMTP server that accepts everything and reads nothing into it: servers decode addresses in their own ways. */
export async function startSmtpWire(): Promise<SmtpWire> {
  const mails: SmtpWire["mails"] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    converse(socket, mails).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function converse(socket: Socket, mails: SmtpWire["mails"]): Promise<void> {
  socket.on("error", () => {});
  socket.write("220 wire ESMTP\r\n");
  let envelope = "";
  let content: string[] | null = null;
  for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (content && line !== ".") {
      content.push(line);
      continue;
    }
    if (content) {
      const text = content.join("\n");
      mails.push({ envelope, header: /^To:(.*(?:\n\s.*)*)/m.exec(text)?.[1]?.trim() ?? "", text });
      content = null;
    }
    envelope = /^RCPT TO:<(.*)>/.exec(line)?.[1] ?? envelope;
    if (line === "DATA") content = [];
    socket.write(line === "DATA" ? "354 go on\r\n" : line.startsWith("EHLO") ? "250 wire\r\n" : "250 2.0.0 ok\r\n");
  }
}
