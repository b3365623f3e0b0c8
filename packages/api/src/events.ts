import type { EventKind } from "./contract/types.js";

interface EventFacts {
  /** Null if the event concerns no account, such as a failed login with an unknown name. */
  userId: string | null;
  sessionId: string | null;
  at: Date;
  ip: string | null;
  userAgent: string | null;
  requestId: string;
}

/** What an operator does; not part of an account's own history. */
export type OperatorEventKind = "mail.retried" | "mail.dropped";

type EmailEventKind = "email.changed" | "email.restored";

/** One event as listeners receive it, after the change was committed. A closed union, discriminated by `kind`. */
export type KeywrightEvent =
  | (EventFacts & { kind: Exclude<EventKind, EmailEventKind> })
  | (EventFacts & { kind: EmailEventKind; oldEmail: string | null; newEmail: string })
  | (EventFacts & { kind: OperatorEventKind; mailId: string; operator: string | null });

/** Receives every event. What it throws is logged and otherwise ignored; nobody waits for it. */
export type EventListener = (event: KeywrightEvent) => void | Promise<void>;
