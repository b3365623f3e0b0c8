import { reasonOf } from "@keywright/client";
import { refusal } from "./refusal.js";

/** Why a call is refused; fails the test if the call succeeds. */
export async function reasonFor(call: Promise<unknown>): Promise<string | null> {
  return reasonOf(await refusal(call));
}
