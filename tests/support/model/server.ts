import type { Reason } from "@keywright/client";
import superjson from "superjson";
import { z } from "zod";
import { createPeople, type Person } from "./people.js";
import { createSessions, currentOf, nextGeneration, type Session, userOf } from "./sessions.js";
import type { Time } from "./time.js";

/** A request as it comes from the wire. */
export interface Asked {
  method: string;
  url: string;
  headers: Headers;
  body: string;
}

export interface Answered {
  status: number;
  body: string;
  /** What the browser is to keep as the session's cookie; null removes it, undefined leaves it. */
  cookie: string | null | undefined;
}

/** Something that was done by a call, and in whose name. */
export interface Deed {
  path: string;
  call: string;
  session: Session;
}

interface Call {
  path: string;
  input: unknown;
  headers: Headers;
  cookie: string | undefined;
  /** What the answer does to the browser's cookie. */
  set(cookie: string | null): void;
}

type Procedure = (call: Call, session: Session | null) => unknown;
type Refused = { reason: Reason };
export type ModelServer = ReturnType<typeof createModelServer>;

const codes: Record<string, [code: string, number: number, status: number]> = {
  INVALID_CREDENTIALS: ["UNAUTHORIZED", -32001, 401],
  NOT_AUTHENTICATED: ["UNAUTHORIZED", -32001, 401],
  TOKEN_INVALID: ["BAD_REQUEST", -32600, 400],
  SESSION_CHANGED: ["CONFLICT", -32009, 409],
  RATE_LIMITED: ["TOO_MANY_REQUESTS", -32029, 429],
  NOT_FOUND: ["NOT_FOUND", -32004, 404],
};
const credentials = z.object({ email: z.string(), password: z.string() });
const refused = (reason: Reason): Refused => ({ reason });

/** A Keywright server in memory, as far as a client can tell by its answers (tests/flows/simulated-server.test.ts). */
export function createModelServer(time: Time) {
  const people = createPeople();
  const sessions = createSessions(time);
  const deeds: Deed[] = [];
  const procedures = proceduresOf(people, sessions);
  const answer = (call: Call): unknown => {
    const { session, isChanged } = openedBy(sessions, call);
    if (isChanged) return refused("SESSION_CHANGED");
    const run = procedures[call.path];
    if (!run) return refused("NOT_FOUND");
    const data = run(call, session);
    const isRefusal = isRefused(data);
    if (session && !isRefusal) deeds.push({ path: call.path, call: call.headers.get("x-call") ?? "", session });
    return data;
  };
  return {
    people,
    sessions,
    deeds,
    handle(asked: Asked): Answered {
      const url = new URL(asked.url);
      const paths = url.pathname.replace("/trpc/", "").split(",");
      const isBatch = url.searchParams.has("batch");
      let cookie: string | null | undefined;
      const given = /(?:^|; )session=([^;]*)/.exec(asked.headers.get("cookie") ?? "")?.[1];
      const set = (value: string | null) => {
        cookie = value;
      };
      const input = asked.body ? superjson.parse<unknown>(asked.body) : undefined;
      const shapes = paths.map((path) =>
        shapeOf(path, answer({ path, input, headers: asked.headers, cookie: given, set })),
      );
      const statuses = [...new Set(shapes.map(({ status }) => status))];
      const bodies = shapes.map(({ body }) => body);
      return {
        status: statuses.length === 1 ? (statuses[0] ?? 200) : 207,
        body: JSON.stringify(isBatch ? bodies : bodies[0]),
        cookie,
      };
    },
    /** An answer to be given instead of what the call would be answered. */
    limited: ({ url }: Asked, retryAfter: number): Answered => {
      const shape = shapeOf(new URL(url).pathname.replace("/trpc/", ""), { ...refused("RATE_LIMITED"), retryAfter });
      const isBatch = new URL(url).searchParams.has("batch");
      const count = new URL(url).pathname.split(",").length;
      const body = isBatch ? Array.from({ length: count }, () => shape.body) : shape.body;
      return { status: 429, body: JSON.stringify(body), cookie: undefined };
    },
  };
}

function openedBy(sessions: ReturnType<typeof createSessions>, call: Call) {
  const token = tokenIn(call.headers);
  if (token !== null) return { session: sessions.byAccessToken(token), isChanged: false };
  const session = sessions.byCookie(call.cookie);
  // Public calls look nobody up.
  if (call.path === "auth.login" || call.path === "auth.refreshToken") return { session: null, isChanged: false };
  if (call.cookie !== undefined && !session) call.set(null);
  const believed = call.headers.get("keywright-session");
  return { session, isChanged: session !== null && believed !== null && believed !== session.id };
}

function tokenIn(headers: Headers): string | null {
  return headers.get("authorization")?.replace(/^Bearer /, "") ?? null;
}

function proceduresOf(people: Person[], sessions: ReturnType<typeof createSessions>): Record<string, Procedure> {
  const signedIn =
    (run: (session: Session, call: Call) => unknown): Procedure =>
    (call, session) =>
      session ? run(session, call) : refused("NOT_AUTHENTICATED");
  return {
    "auth.session": (_call, session) => session && currentOf(session),
    "auth.login"({ input, headers, set }) {
      const { email, password } = credentials.parse(input);
      const person = people.find((one) => one.email === email && one.password === password);
      if (!person) return refused("INVALID_CREDENTIALS");
      const isBearer = headers.get("keywright-transport") === "bearer";
      const session = sessions.start(person, isBearer);
      if (!isBearer) set(`cookie-of-${session.id}`);
      const tokens = isBearer ? sessions.tokensOf(session, 0) : null;
      return { status: "signed_in", ...currentOf(session), unarchived: false, tokens };
    },
    "auth.logout"({ headers, input, cookie, set }, session) {
      const token = tokenIn(headers);
      if (token !== null && !session && !sessions.isSpent(token)) return refused("NOT_AUTHENTICATED");
      const { everywhere } = z.object({ everywhere: z.boolean().optional() }).parse(input ?? {});
      const all = everywhere ? sessions.all.filter(({ person }) => person === session?.person) : [];
      for (const ended of [session, ...all]) if (ended) ended.isOver = true;
      if (cookie !== undefined) set(null);
      return {};
    },
    "auth.refreshToken"({ input }) {
      const { refreshToken } = z.object({ refreshToken: z.string() }).parse(input);
      const session = sessions.byRefreshToken(refreshToken);
      const generation = session && nextGeneration(session, refreshToken);
      return session && generation !== null ? sessions.tokensOf(session, generation) : refused("TOKEN_INVALID");
    },
    "auth.revokeToken"({ input }) {
      const { refreshToken } = z.object({ refreshToken: z.string() }).parse(input);
      const session = sessions.byRefreshToken(refreshToken);
      if (!session) return refused("TOKEN_INVALID");
      session.isOver = true;
      return { revokedAt: new Date(0) };
    },
    "user.me": signedIn(({ person }) => userOf(person)),
    "user.update": signedIn(({ person }, { input }) => {
      person.firstName = z.object({ firstName: z.string() }).parse(input).firstName;
      return userOf(person);
    }),
    "posts.create": signedIn(({ person }, { input }) => ({
      author: person.id,
      ...z.object({ text: z.string() }).parse(input),
    })),
    "posts.mine": signedIn(({ person }) => ({ author: person.id })),
  };
}

function isRefused(data: unknown): data is Refused & { retryAfter?: number } {
  return typeof data === "object" && data !== null && "reason" in data;
}

function shapeOf(path: string, data: unknown): { status: number; body: unknown } {
  if (!isRefused(data)) return { status: 200, body: { result: { data: superjson.serialize(data) } } };
  const [code, number, httpStatus] = codes[data.reason] ?? ["INTERNAL_SERVER_ERROR", -32603, 500];
  const told = { code, httpStatus, path, ...data, requestId: "request-1" };
  return {
    status: httpStatus,
    body: { error: superjson.serialize({ message: data.reason, code: number, data: told }) },
  };
}
