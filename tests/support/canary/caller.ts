import { z } from "zod";

/** All answers of a server, and what was in them that must be nowhere else. */
export interface Witness {
  /** Headers and bodies. */
  answers: string[];
  /** Tokens, codes and cookies, as they were handed out. */
  secrets: Set<string>;
  /** Notes what an answer, a mail or an address hands out. */
  learn(text: string): void;
}

export function createWitness(): Witness {
  const secrets = new Set<string>();
  return {
    answers: [],
    secrets,
    learn(text) {
      for (const [, found = ""] of text.matchAll(handedOut)) {
        if (found.length >= 8) secrets.add(decodeURIComponent(found));
      }
    },
  };
}

const handedOut =
  /(?:"(?:accessToken|refreshToken|ticket)":"|[?&](?:token|ticket|handoff|state|nonce|code|code_verifier)=|set-cookie: [\w-]+=)([\w%.~-]+)/g;

const envelope = z.object({ result: z.object({ data: z.object({ json: z.unknown() }) }).optional() });

export interface Answered {
  status: number;
  headers: Headers;
  /** Null if the call was refused. */
  data: unknown;
  /** The cookies that it sets, as they are sent back. */
  cookie: string;
  text: string;
}

export type Headings = Record<string, string>;
export type Call = Awaited<ReturnType<typeof callerOf>>;
let calls = 0;

/** Calls procedures and opens pages of a server, each time from another address, and notes every answer. */
export function callerOf(url: string, { answers, learn }: Witness) {
  async function open(path: string, init: RequestInit = {}): Promise<Answered> {
    const from = `10.${(++calls >> 16) & 255}.${(calls >> 8) & 255}.${calls & 255}`;
    const headers = { "x-real-ip": from, ...Object.fromEntries(new Headers(init.headers)) };
    const response = await fetch(new URL(path, url), { redirect: "manual", ...init, headers });
    const text = await response.text();
    const said = `${[...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${text}`;
    answers.push(said);
    learn(said);
    const pairs = response.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
    const cookie = pairs.filter((pair) => !pair.endsWith("=")).join("; ");
    return { status: response.status, headers: response.headers, data: null, cookie, text };
  }

  async function call(path: string, input: object | undefined, headers: Headings = {}): Promise<Answered> {
    const body = JSON.stringify(input === undefined ? {} : { json: input });
    const answered = await open(`/trpc/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    return { ...answered, data: dataOf(answered.text) };
  }

  async function query(path: string, input: object | undefined, headers: Headings = {}): Promise<Answered> {
    const search = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
    const answered = await open(`/trpc/${path}${search}`, { headers });
    return { ...answered, data: dataOf(answered.text) };
  }

  return { url, open, call, query };
}

function dataOf(text: string): unknown {
  return envelope.parse(JSON.parse(text)).result?.data.json ?? null;
}
