import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import PostalMime, { type Header } from "postal-mime";
import {
  SMTPServer,
  type SMTPServerAuthentication,
  type SMTPServerAuthenticationResponse,
  type SMTPServerDataStream,
  type SMTPServerSession,
} from "smtp-server";

export interface ReceivedMail {
  /** According to the headers; the envelope has the actual recipient. */
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string;
  headers: Header[];
  messageId: string;
  envelope: { from: string; to: string[] };
}

interface Login {
  user: string;
  password: string;
}

export interface SmtpServerOptions {
  /** Offers STARTTLS, with a certificate that nobody trusts. */
  startTls?: boolean;
  /** Accepts mail only after a login with these, read at that moment. */
  login?: Login;
  /** How long it takes to accept a mail. */
  acceptMs?: number;
  /** More are turned away, with 421. */
  maxConnections?: number;
  /** Default: a free one. Otherwise that of a server that was stopped, to bring it back. */
  port?: number;
}

type Stage = "CONNECT" | "MAIL FROM" | "RCPT TO" | "DATA";

export interface SmtpSink {
  /** For `SMTP_URL`; without a login. */
  url: string;
  port: number;
  /** Every mail that was accepted, oldest first. */
  mails: ReceivedMail[];
  /** How many connections were made. */
  connections(): number;
  /** Answers the next `times` mails, or connections, with this code, such as 451 or "550 5.1.1", and what was sent. */
  refuse(code: number | string, times: number, stage?: Stage): void;
  /** Never answers again, neither greetings nor mails. */
  hang(): void;
  /** Never answers for recipients like these, until another pattern is given. */
  hangAt(recipient: RegExp): void;
  stop(): Promise<void>;
}

/** A real SMTP server on a free loopback port that keeps the mails it receives. */
export async function startSmtpServer({
  startTls = false,
  login,
  acceptMs = 0,
  maxConnections,
  port: fixed = 0,
}: SmtpServerOptions = {}): Promise<SmtpSink> {
  const mails: ReceivedMail[] = [];
  const behaviour = answers();
  let connections = 0;
  let hanging = /^(?!)/;

  const server = new SMTPServer({
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 50,
    ...(maxConnections === undefined ? {} : { maxClients: maxConnections }),
    disabledCommands: [...(startTls ? [] : ["STARTTLS"]), ...(login ? [] : ["AUTH"])],
    authOptional: !login,
    allowInsecureAuth: true,
    onAuth: (given, _session, done) => done(null, answerLogin(given, login)),
    onConnect(_session, done) {
      connections++;
      behaviour.answer("CONNECT", "", done);
    },
    onMailFrom: ({ address }, _session, done) => behaviour.answer("MAIL FROM", address, done),
    onRcptTo({ address }, _session, done) {
      if (!hanging.test(address)) behaviour.answer("RCPT TO", address, done);
    },
    onData(stream, session, done) {
      const received = receive(stream, session).then((mail) => sleep(acceptMs, mail));
      received.then(
        (mail) =>
          behaviour.answer("DATA", mail.text, (refusal) => {
            if (!refusal) mails.push(mail);
            done(refusal);
          }),
        done,
      );
    },
  });
  // Otherwise a client that resets its connection would end the test run.
  server.on("error", () => {});

  const port = await listen(server, fixed);
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    connections: () => connections,
    refuse: behaviour.refuse,
    hang: behaviour.hang,
    hangAt: (recipient) => {
      hanging = recipient;
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

function answerLogin(given: SMTPServerAuthentication, login: Login | undefined): SMTPServerAuthenticationResponse {
  const isRight = given.username === login?.user && given.password === login?.password;
  const message = `Invalid login ${given.username} ${given.password}`;
  return isRight ? { user: given.username } : { message, responseCode: 535 };
}

function answers() {
  let refusal = { code: "", times: 0, stage: "DATA" };
  let isHanging = false;
  return {
    refuse(code: number | string, times: number, stage: Stage = "DATA") {
      refusal = { code: String(code), times, stage };
    },
    hang() {
      isHanging = true;
    },
    /** Some servers repeat what they refuse. */
    answer(stage: Stage, sent: string, done: (error: Error | null) => void) {
      if (isHanging) return;
      if (refusal.times === 0 || refusal.stage !== stage) return done(null);
      refusal.times -= 1;
      const [code, enhanced] = refusal.code.split(" ");
      const text = [enhanced, "Refused, as the test wants it", sent.replaceAll(/\s+/g, " ")].filter(Boolean).join(" ");
      done(Object.assign(new Error(text), { responseCode: Number(code) }));
    },
  };
}

async function receive(stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<ReceivedMail> {
  const email = await PostalMime.parse(await buffer(stream));
  return {
    to: (email.to ?? []).map((to) => to.address).join(", "),
    from: email.from?.address ?? "",
    subject: email.subject ?? "",
    text: email.text ?? "",
    html: email.html ?? "",
    headers: email.headers,
    messageId: email.messageId ?? "",
    envelope: {
      from: envelope.mailFrom ? envelope.mailFrom.address : "",
      to: envelope.rcptTo.map((to) => to.address),
    },
  };
}

async function listen(server: SMTPServer, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("The SMTP server has no port.");
  return address.port;
}
