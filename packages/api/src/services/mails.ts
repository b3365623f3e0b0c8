import { randomUUID } from "node:crypto";
import type { DeskEntry, MailState } from "@keywright/db";
import * as db from "@keywright/db";
import { z } from "zod";
import type { Deps } from "../deps.js";
import type { OperatorEventKind } from "../events.js";
import { uuidv7 } from "../ids.js";
import { mailIdentity } from "../keys.js";
import { revocationKind } from "./queue-mail.js";

export type { MailState };

/** A queued mail as an operator sees it: never its text, and so neither link nor code. */
export interface OutgoingMail {
  id: string;
  /** Such as `reset_password`; or `revoke_provider_token`, which is not a mail. */
  kind: string;
  /** `pending` while it waits; `dropped` if there was nobody to write to, `dead` if it was given up. */
  state: MailState;
  /** The address that was typed. Null once the mail was sent or dropped. */
  to: string | null;
  /** The account that it is about, if the address alone does not say. */
  userId: string | null;
  requestedAt: Date;
  /** When an operator had it tried again. Its age counts from then. */
  retriedAt: Date | null;
  /** Null unless it waits. */
  nextAttemptAt: Date | null;
  /** Whether an instance is sending it right now. */
  isBeingSent: boolean;
  /** Attempts that failed because of this mail. While the mail server is away, none is counted. */
  failures: number;
  /** Why the last one failed, as codes. */
  lastError: string | null;
  /** When it was sent, dropped or given up. */
  settledAt: Date | null;
  /** What stands before the `@` in its `Message-ID`, to find it in the mail server's log. */
  messageId: string;
}

export interface MailPage {
  mails: OutgoingMail[];
  /** For the next page's `after`; null on the last. */
  next: string | null;
}

export interface MailListInput {
  /** Default `dead`. */
  state?: MailState;
  after?: string;
  /** At most 100; default 50. */
  limit?: number;
}

/** `being_sent`: an instance has it in hand. `over`: it was sent or dropped before, or what it needs was erased. */
export type MailOutcome = "done" | "not_found" | "being_sent" | "over";

/** The outbox in an operator's hands. `operator` is kept in the audit event: who did it. */
export interface Mails {
  /** The newest first, in pages. Throws an `Error` for a state, cursor or limit that is none. */
  list(input?: MailListInput): Promise<MailPage>;
  /** Null if there is none with this id. Settled mails are kept for a week, dead ones for ninety days. */
  show(id: string): Promise<OutgoingMail | null>;
  /** Has a dead or waiting mail tried again at once, as if it were new. Its age counts from now. */
  retry(id: string, operator?: string): Promise<MailOutcome>;
  /** Gives up a dead or waiting mail, and erases its recipient. */
  drop(id: string, operator?: string): Promise<MailOutcome>;
}

/** What it works with; the command has no more than that. */
export type MailDeps = Pick<Deps, "db" | "now" | "emit" | "mailQueued">;

const states = ["pending", "sent", "dropped", "dead"] as const satisfies readonly MailState[];
const ids = z.uuid();
const listing = z.strictObject({
  state: z.enum(states).default("dead"),
  after: z.string().optional(),
  limit: z.int().min(1).max(100).default(50),
});

export function createMails(deps: MailDeps): Mails {
  return {
    list: (input) => list(deps, input),
    async show(id) {
      const entry = await find(deps, id);
      return entry && shown(entry);
    },
    retry: (id, operator = "") => {
      const now = deps.now();
      const change = (mails: db.Database) => db.retryMail(mails, id, { now, withPayload: revocationKind });
      return act(deps, id, { kind: "mail.retried", operator, change });
    },
    drop: (id, operator = "") => {
      const change = (mails: db.Database) => db.dropMail(mails, id, deps.now());
      return act(deps, id, { kind: "mail.dropped", operator, change });
    },
  };
}

async function list(deps: MailDeps, input: MailListInput = {}): Promise<MailPage> {
  const given = listing.safeParse(input);
  if (!given.success) throw new Error(z.prettifyError(given.error));
  const { state, limit } = given.data;
  const after = given.data.after === undefined ? null : readCursor(given.data.after);
  const rows = await db.listMails(deps.db, { state, after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { mails: page.map(shown), next: last === undefined ? null : `${last.sequence}.${last.id}` };
}

function readCursor(cursor: string): { sequence: number; id: string } {
  const [, sequence, id] = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(cursor) ?? [];
  if (sequence === undefined || id === undefined) throw new Error("`after` is not from a page of this list.");
  return { sequence: Number(sequence), id };
}

async function find(deps: MailDeps, id: string): Promise<DeskEntry | null> {
  return ids.safeParse(id).success ? await db.findMail(deps.db, id) : null;
}

interface Act {
  kind: OperatorEventKind;
  operator: string;
  /** Null if it cannot be done. */
  change(mails: db.Database): Promise<{ userId: string | null } | null>;
}

async function act(deps: MailDeps, id: string, { kind, operator, change }: Act): Promise<MailOutcome> {
  if (!ids.safeParse(id).success) return "not_found";
  const at = deps.now();
  const facts = { userId: null, sessionId: null, ip: null, userAgent: null, at };
  const by = operator.slice(0, 200) || null;
  const done = await deps.db.transaction(async (tx) => {
    const mail = await change(tx);
    if (!mail) return null;
    const event = { id: uuidv7(at), kind, ...facts, userId: mail.userId, subjectId: id, operator: by };
    await db.createAuditEvents(tx, [event], []);
    return mail;
  });
  if (!done) {
    const entry = await db.findMail(deps.db, id);
    if (!entry) return "not_found";
    return entry.lockedUntil === null ? "over" : "being_sent";
  }
  deps.emit({ ...facts, kind, userId: done.userId, requestId: randomUUID(), mailId: id, operator: by });
  if (kind === "mail.retried") deps.mailQueued();
  return "done";
}

function shown(entry: DeskEntry): OutgoingMail {
  const isPending = entry.state === "pending";
  const isBeingSent = isPending && entry.lockedUntil !== null;
  return {
    id: entry.id,
    kind: entry.kind,
    state: states.find((state) => state === entry.state) ?? "dead",
    to: entry.address,
    userId: entry.userId,
    requestedAt: entry.createdAt,
    retriedAt: entry.retriedAt,
    nextAttemptAt: isPending && !isBeingSent ? entry.nextAttemptAt : null,
    isBeingSent,
    failures: entry.failures,
    lastError: entry.lastError,
    settledAt: entry.settledAt,
    messageId: mailIdentity(entry.seed),
  };
}
