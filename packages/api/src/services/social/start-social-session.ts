import type { UserRow } from "@keywright/db";
import type { Deps } from "../../deps.js";
import type { Visitor } from "../../who.js";
import type { PlainEventKind } from "../audit.js";
import type { QueuedMail } from "../queue-mail.js";
import { startSession } from "../start-session.js";
import type { Newcomer, UnfinishedOutcome } from "./outcome.js";

/** Signs a newcomer in to an account that is there already. Runs in a transaction. */
export async function startSocialSession(
  deps: Deps,
  who: Visitor,
  start: { newcomer: Newcomer; user: UserRow; unarchived?: boolean; because: PlainEventKind[]; mails: QueuedMail[] },
): Promise<UnfinishedOutcome> {
  const { newcomer, user, unarchived = false, because, mails } = start;
  const { remember, deviceName } = newcomer;
  const session = await startSession(deps, who, { user, remember, deviceName, unarchived, because, mails });
  return { status: "started", started: session, created: false };
}
