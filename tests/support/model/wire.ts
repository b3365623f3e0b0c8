import superjson from "superjson";
import { z } from "zod";
import type { Answered, Asked, ModelServer } from "./server.js";

/** What a client's program hears of one call. */
export interface Heard {
  path: string;
  /** Why it was refused; null with data, undefined if the answer was lost. */
  reason: string | null | undefined;
  data: unknown;
}

/** Whoever sends requests, and the cookies that go with them. */
export interface Sender {
  jar: { cookie: string | null };
  sent(message: Message): void;
  /** Just before it does. */
  hears(message: Message, heard: Heard[]): void;
}

/** A request on its way, or its answer. */
export interface Message {
  id: number;
  sender: Sender;
  asked: Asked;
  paths: string[];
  /** The id of the call that it was sent for. */
  call: string;
  answer: Answered | null;
  /** Nothing comes of it until somebody gives it up. */
  isHung: boolean;
  resolve(response: Response): void;
  reject(error: unknown): void;
}

export type Wire = ReturnType<typeof createWire>;

/** A wire on which nothing moves by itself. */
export function createWire(server: ModelServer) {
  const messages = new Set<Message>();
  const counts = { sent: 0 };
  const reach = (message: Message) => {
    message.answer ??= server.handle(message.asked);
    return message.answer;
  };
  const keep = ({ sender: { jar }, asked }: Message, { cookie }: Answered) => {
    if (cookie === undefined || asked.headers.get("x-credentials") !== "include") return;
    jar.cookie = cookie;
  };
  const lose = (message: Message, error: unknown) => {
    if (!messages.delete(message)) return;
    const lost = message.paths.map((path) => ({ path, reason: undefined, data: null }));
    message.sender.hears(message, lost);
    message.reject(error);
  };
  const give = (message: Message, answer: Answered) => {
    messages.delete(message);
    keep(message, answer);
    message.sender.hears(message, heardIn(message, answer));
    message.resolve(
      new Response(answer.body, { status: answer.status, headers: { "content-type": "application/json" } }),
    );
  };
  const unreachable = () => new TypeError("fetch failed");
  return {
    /** How many requests were sent so far. */
    count: () => counts.sent,
    /** What is on its way, the oldest first. */
    pending: () => [...messages].filter(({ isHung }) => !isHung),
    hung: () => [...messages].filter(({ isHung }) => isHung),
    of: (sender: Sender) => [...messages].filter((message) => message.sender === sender),
    send: (sender: Sender, url: string, init: RequestInit) =>
      new Promise<Response>((resolve, reject) => {
        const message = { ...messageOf(sender, url, init), id: ++counts.sent, resolve, reject };
        messages.add(message);
        const { signal } = init;
        const giveUp = () => lose(message, new DOMException("Aborted", "AbortError"));
        sender.sent(message);
        if (signal?.aborted) giveUp();
        signal?.addEventListener("abort", giveUp);
      }),
    reach,
    arrive: (message: Message) => give(message, reach(message)),
    /** The server gets the request again, from a proxy that did not wait. */
    arriveTwice(message: Message) {
      const first = reach(message);
      server.handle(message.asked);
      give(message, first);
    },
    limit: (message: Message, retryAfter: number) => give(message, server.limited(message.asked, retryAfter)),
    /** A proxy's own page. */
    fail(message: Message) {
      if (!messages.delete(message)) return;
      message.sender.hears(
        message,
        message.paths.map((path) => ({ path, reason: undefined, data: null })),
      );
      message.resolve(
        new Response("<html>Bad gateway</html>", { status: 502, headers: { "content-type": "text/html" } }),
      );
    },
    drop: (message: Message) => lose(message, unreachable()),
    /** The cookie arrives, and the rest of the answer does not. */
    tear(message: Message) {
      keep(message, reach(message));
      lose(message, unreachable());
    },
    hang(message: Message) {
      message.isHung = true;
    },
    /** Its program has ended. */
    forget: (sender: Sender) => {
      for (const message of messages) if (message.sender === sender) messages.delete(message);
    },
  };
}

function messageOf(sender: Sender, url: string, init: RequestInit) {
  const headers = new Headers(init.headers);
  headers.set("x-credentials", init.credentials ?? "");
  if (init.credentials === "include" && sender.jar.cookie !== null)
    headers.set("cookie", `session=${sender.jar.cookie}`);
  const body = typeof init.body === "string" ? init.body : "";
  const asked = { method: init.method ?? "GET", url, headers, body };
  const paths = new URL(url).pathname.replace("/trpc/", "").split(",");
  return { sender, asked, paths, call: headers.get("x-call") ?? "", answer: null, isHung: false };
}

const replies = z.array(
  z.union([z.object({ result: z.object({ data: z.unknown() }) }), z.object({ error: z.unknown() })]),
);
const refusal = z.object({ data: z.object({ reason: z.string() }) });

function heardIn({ paths }: Message, { body }: Answered): Heard[] {
  const parsed: unknown = JSON.parse(body);
  const all = replies.parse(Array.isArray(parsed) ? parsed : [parsed]);
  return all.map((reply, index) => {
    const path = paths[index] ?? "";
    if ("result" in reply) return { path, reason: null, data: plain(reply.result.data) };
    return { path, reason: refusal.parse(plain(reply.error)).data.reason, data: null };
  });
}

function plain(wire: unknown): unknown {
  return superjson.parse(JSON.stringify(wire));
}
