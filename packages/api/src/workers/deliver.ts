import type { ClaimedEntry, MailLease } from "@keywright/db";
import * as db from "@keywright/db";
import type { Deps } from "../deps.js";
import { summarize } from "../log.js";
import { type Mail, type Mailer, mailFailureKind } from "../mail/mail.js";
import { revocationKind } from "../services/queue-mail.js";
import type { Outage } from "./outage.js";
import { prepareMail } from "./prepare-mail.js";
import { deadlineOf, giveBack, giveUpLate, noteFailure, noteUnprepared } from "./retry.js";
import { deliverRevocation } from "./revoke.js";

/** What one worker works with, and the mails that it is currently delivering. */
export interface Delivery {
  mailer: Mailer;
  outage: Outage;
  leases: Set<MailLease>;
}

const leaseMs = 60_000;
const maxAtOnce = 5;

/**
 * Delivers the mails that are due, a few at a time; returns how many there were. While the mail server is down, it
 * tries a single mail, and returns 0 if the server is still down.
 */
export async function deliverDue(deps: Deps, delivery: Delivery): Promise<number> {
  const { outage, leases } = delivery;
  const now = deps.now();
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const entries = await db.claimMails(deps.db, { now, leaseUntil, limit: outage.isOn() ? 1 : maxAtOnce });
  for (const entry of entries) leases.add(entry);
  const ends = await Promise.all(
    entries.map((entry) => deliver(deps, delivery, entry).finally(() => leases.delete(entry))),
  );
  // If one got through, the server is up for the others as well.
  if (ends.includes("answered")) outage.end();
  const failure = ends.find((end) => end instanceof Error);
  if (failure === undefined || ends.includes("answered")) return entries.length;
  outage.begin(failure);
  return 0;
}

/** What an attempt shows about the mail server: it answered, it is down (why), or it was not contacted. */
type End = "answered" | "not asked" | Error;

async function deliver(deps: Deps, delivery: Delivery, entry: ClaimedEntry): Promise<End> {
  try {
    return await attempt(deps, delivery, entry);
  } catch (error) {
    // The lease expires by itself, and the mail is retried.
    deps.log({ level: "error", message: "The outbox cannot be written.", error: summarize(error) });
    return "not asked";
  }
}

async function attempt(deps: Deps, { mailer }: Delivery, entry: ClaimedEntry): Promise<End> {
  if (deadlineOf(entry) <= deps.now()) {
    await giveUpLate(deps, entry);
    return "not asked";
  }
  if (entry.kind === revocationKind) {
    await deliverRevocation(deps, entry);
    return "not asked";
  }
  const prepared = await prepareMail(deps, entry).then(
    (mail) => ({ mail }),
    (error: unknown) => ({ error }),
  );
  if ("error" in prepared) await noteUnprepared(deps, entry, prepared.error);
  else if (prepared.mail) return await send(deps, mailer, { entry, mail: prepared.mail });
  else await db.settleMail(deps.db, entry.id, { status: "dropped", at: deps.now(), error: null });
  return "not asked";
}

async function send(deps: Deps, mailer: Mailer, { entry, mail }: { entry: ClaimedEntry; mail: Mail }): Promise<End> {
  try {
    await mailer.send(mail);
  } catch (error) {
    if (error instanceof Error && mailFailureKind(error) === "server") {
      await giveBack(deps, entry);
      return error;
    }
    await noteFailure(deps, entry, error);
    return "answered";
  }
  await db.settleMail(deps.db, entry.id, { status: "sent", at: deps.now(), error: null });
  return "answered";
}
