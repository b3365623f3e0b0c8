import type { EventKind } from "./contract/types.js";

interface EventFacts {
  /** Null when the event concerns no account, such as a failed login of an unknown name. */
  userId: string | null;
  sessionId: string | null;
  at: Date;
  ip: string | null;
  userAgent: string | null;
  requestId: string;
}

type EmailEventKind = "email.changed" | "email.restored";

/** One event, as listeners get it: after the change was committed. A closed union, told apart by `kind`. */
export type KeywrightEvent =
  | (EventFacts & { kind: Exclude<EventKind, EmailEventKind> })
  | (EventFacts & { kind: EmailEventKind; oldEmail: string | null; newEmail: string });

/** Told of every event. What it throws is logged and breaks nothing; nobody waits for it. */
export type EventListener = (event: KeywrightEvent) => void | Promise<void>;
