import { safe } from "@keywright/client";
import { english, messageOf } from "@keywright/client/messages";
import { client } from "./client.ts";

/** What to show: why the call was refused, or "". */
type Refusal = Promise<string>;

/** Signs in with what was typed into the form. */
export async function signIn(form: HTMLFormElement): Refusal {
  const typed = new FormData(form);
  const input = { email: String(typed.get("email")), password: String(typed.get("password")) };
  const [, failure] = await safe(client.auth.login.mutate(input));
  return failure ? messageOf(failure, english) : "";
}

export async function signOut(): Refusal {
  const [, failure] = await safe(client.auth.logout.mutate());
  return failure ? messageOf(failure, english) : "";
}
