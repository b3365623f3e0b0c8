import { reasonOf } from "@keywright/client";
import { refusal } from "./refusal.js";

/** Why a call is refused; a call that succeeds is a failure of the test. */
export async function reasonFor(call: Promise<unknown>): Promise<string | null> {
  return reasonOf(await refusal(call));
}
