import * as db from "@keywright/db";
import { fieldError, KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import { callHook } from "../hooks.js";
import type { Actor } from "../who.js";
import { assertFresh } from "./freshness.js";

/**
 * Checks a signed-in caller's password, the same way as a login. For an account without a password, every one is wrong.
 * Throws `WRONG_PASSWORD`.
 */
export async function assertOwnPassword(
  deps: Deps,
  who: Actor,
  { field, password }: { field: "password" | "currentPassword"; password: string },
): Promise<void> {
  if (!(await isOwnPassword(deps, who, password))) refuseWrongPassword(field);
}

/**
 * Makes sure that it is the owner who asks for something that concerns the whole account: by the password, or, for an
 * account without one, by a recent sign-in. Throws `WRONG_PASSWORD`, `REAUTHENTICATION_REQUIRED`, and `VALIDATION` if
 * the password is missing.
 */
export async function assertOwner(
  deps: Deps,
  who: Actor,
  { password }: { password?: string | undefined },
): Promise<void> {
  if (password !== undefined) return await assertOwnPassword(deps, who, { field: "password", password });
  if (who.user.hasPassword) throw new KeywrightError("VALIDATION", { fields: fieldError("password", "REQUIRED") });
  assertFresh(deps, who);
}

function refuseWrongPassword(field: "password" | "currentPassword"): never {
  throw new KeywrightError("WRONG_PASSWORD", { fields: fieldError(field, "WRONG_PASSWORD") });
}

async function isOwnPassword(deps: Deps, who: Actor, password: string): Promise<boolean> {
  const { authenticate } = deps.extensions;
  if (authenticate) {
    const { email, username } = who.user;
    const input = email === null ? { username: username ?? "", password } : { email, password };
    const hook = { name: "authenticate", ...deps.settings.hooks };
    return (await callHook(hook, () => authenticate(deps, who, input)))?.id === who.user.id;
  }
  const stored = await db.findPasswordHash(deps.db, who.user.id);
  return (await deps.passwords.verify(stored, password)).isRight;
}
