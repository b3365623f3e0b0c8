/**
 * What React Native gives an app before its first line runs, on the host's side of the line. `fetch` and
 * `AbortController` are the very packages that React Native takes them from; below them is our `XMLHttpRequest`, where
 * a phone has its network module.
 */
import { AbortController, AbortSignal } from "abort-controller/dist/abort-controller";
import "whatwg-fetch";
import { ask } from "./host";

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

let lastTimer = 0;
const timers = new Set<number>();

Object.assign(globalThis, {
  window: globalThis,
  setTimeout: startTimer,
  clearTimeout: (timer: number) => timers.delete(timer),
  // superjson and tRPC ask whether a value is one of these, and nobody makes any.
  URL: function Url() {},
  Blob: function Blob() {},
  FormData: function FormData() {},
  AbortController,
  AbortSignal,
  XMLHttpRequest: function XMLHttpRequest() {
    return createRequest();
  },
});
function startTimer(work: () => void, ms = 0): number {
  lastTimer += 1;
  const timer = lastTimer;
  timers.add(timer);
  void ask("timer", ms).then(() => {
    if (timers.delete(timer)) work();
  });
  return timer;
}

function createRequest() {
  const sent = { method: "GET", url: "", headers: new Map<string, string>(), isAborted: false };
  const request = {
    withCredentials: true,
    status: 0,
    statusText: "",
    response: "",
    headers: "",
    readyState: 0,
    onload: () => {},
    onerror: () => {},
    onabort: () => {},
    onreadystatechange: () => {},
    open(method: string, url: string) {
      Object.assign(sent, { method, url });
    },
    setRequestHeader: (name: string, value: string) => sent.headers.set(name.toLowerCase(), value),
    getAllResponseHeaders: () => request.headers,
    send(body: string | null) {
      const { method, url } = sent;
      const headers = Object.fromEntries(sent.headers);
      void ask("http", { method, url, headers, body, withCredentials: request.withCredentials }).then(finish, fail);
    },
    abort() {
      sent.isAborted = true;
      request.onabort();
    },
  };

  function finish(answer: unknown): void {
    if (sent.isAborted || !isAnswer(answer)) return;
    const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    Object.assign(request, { status: answer.status, response: answer.body, headers: headers.join(""), readyState: 4 });
    request.onreadystatechange();
    request.onload();
  }

  function fail(): void {
    if (!sent.isAborted) request.onerror();
  }

  return request;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && "status" in value && "body" in value;
}
