import type { ClaimedEntry, Settlement } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { type Mail, type Mailer, mailFailureKind } from "../mail/mail.js";
import { revocationKind } from "../services/queue-mail.js";
import { prepareMail } from "./prepare-mail.js";
import { deadlineOf, giveBack, giveUpLate, noteFailure, noteUnprepared } from "./retry.js";
import { deliverRevocation } from "./revoke.js";

/** How an attempt ended. */
export interface Attempt {
  /** What it shows about the mail server: it answered, it is down (why), or it was not contacted. */
  end: "answered" | "not asked" | Error;
  /** Writes down what that means for the mail; can be repeated. */
  note(): Promise<void>;
}

/** One attempt at one mail. */
export async function deliver(deps: Deps, mailer: Mailer, entry: ClaimedEntry): Promise<Attempt> {
  if (deadlineOf(entry) <= deps.now()) return notAsked(() => giveUpLate(deps, entry));
  try {
    if (entry.kind === revocationKind) {
      const end = (await deliverRevocation(deps, entry)) ? "sent" : "dropped";
      return notAsked(() => settle(deps, entry, end));
    }
    const mail = await prepareMail(deps, entry);
    if (mail) return await send(deps, mailer, { entry, mail });
    return notAsked(() => settle(deps, entry, "dropped"));
  } catch (error) {
    return notAsked(() => noteUnprepared(deps, entry, error));
  }
}

async function send(
  deps: Deps,
  mailer: Mailer,
  { entry, mail }: { entry: ClaimedEntry; mail: Mail },
): Promise<Attempt> {
  try {
    await mailer.send(mail);
    return { end: "answered", note: () => settle(deps, entry, "sent") };
  } catch (error) {
    if (error instanceof Error && mailFailureKind(error) === "server") {
      return { end: error, note: () => giveBack(deps, entry) };
    }
    return { end: "answered", note: () => noteFailure(deps, entry, error) };
  }
}

function notAsked(note: () => Promise<void>): Attempt {
  return { end: "not asked", note };
}

async function settle(deps: Deps, { id }: ClaimedEntry, status: Settlement): Promise<void> {
  await db.settleMail(deps.db, id, { status, at: deps.now(), error: null });
}
