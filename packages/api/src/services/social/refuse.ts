import { isKeywrightError, KeywrightError, type Reason } from "../../contract/reasons.js";
import type { Deps } from "../../deps.js";
import { countMail } from "../../limits/limits.js";
import type { Visitor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { queueMail } from "../queue-mail.js";
import type { UnfinishedOutcome } from "./outcome.js";

/** Thrown where the address is nobody's proof of an account, or there is none. */
const ofNobody: readonly Reason[] = ["EMAIL_TAKEN", "REGISTRATION_CLOSED"];

/** After the transaction, so that the event stays. `userId`: the account that they did not get into, if any. */
export async function refuseSignIn(
  deps: Deps,
  who: Visitor,
  { reason, userId }: { reason: Reason; userId: string | null },
): Promise<never> {
  await recordEvents(deps, who, { events: [{ kind: "login.failed", userId }] });
  throw new KeywrightError(reason);
}

/** The same for what was thrown in the transaction, which is undone. Throws it again. */
export async function noteRefusal(deps: Deps, who: Visitor, error: unknown): Promise<never> {
  if (isKeywrightError(error) && ofNobody.includes(error.reason)) {
    await recordEvents(deps, who, { events: [{ kind: "login.failed", userId: null }] });
  }
  throw error;
}

/** Tells the owner of the address how to connect the provider, no more often than any other mail. */
export async function refuseConflict(
  deps: Deps,
  who: Visitor,
  { email, userId }: Extract<UnfinishedOutcome, { status: "conflict" }>,
): Promise<never> {
  try {
    await countMail({ deps }, "conflict", email);
    await queueMail(deps, who, { kind: "sign_in_conflict_notice", address: email });
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
  }
  return await refuseSignIn(deps, who, { reason: "EMAIL_CONFLICT", userId });
}
