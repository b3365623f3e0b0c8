import type { UserChanges } from "@keywright/db";
import * as db from "@keywright/db";
import { type FieldErrors, fieldError, KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import { foldName } from "../../inputs/fields.js";
import type { UserUpdate } from "../../inputs/user.js";
import { countRename } from "../../limits/limits.js";
import type { Actor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { refuseTakenUsername, toUsername } from "../usernames.js";

/**
 * Changes the given fields of the caller's account and leaves the others alone. Throws `VALIDATION` for a field that
 * `user.updatable` does not list, `USERNAME_TAKEN`, `RATE_LIMITED`, and `NOT_AUTHENTICATED` if the account is gone.
 */
export async function updateUser(deps: Deps, who: Actor, input: UserUpdate): Promise<db.UserRow> {
  const changes = toChanges(deps, input);
  if (Object.keys(changes).length === 0) return who.user;
  const { usernameKey } = changes;
  const isRenamed = usernameKey !== undefined && usernameKey !== foldName(who.user.username ?? "");
  if (isRenamed) await countRename(deps, who.user.id);
  try {
    return await inTransaction(deps, async (deps) => {
      if (isRenamed) await db.lockUsername(deps.db, usernameKey);
      const user = (await db.updateUser(deps.db, who.user.id, changes)) ?? (await refuse(deps, who, changes));
      await recordEvents(deps, who, {
        events: [{ kind: "user.updated", userId: user.id, sessionId: who.session.id }],
      });
      return user;
    });
  } catch (error) {
    if (db.violatedConstraint(error) === "users_username_key") refuseTakenUsername();
    throw error;
  }
}

/** The account is gone, or the username is held for another one. */
async function refuse(deps: Deps, { user }: Actor, changes: UserChanges): Promise<never> {
  const keys = { emailKey: null, usernameKey: changes.usernameKey ?? null };
  const taken = await db.findTaken(deps.db, keys, user.id);
  if (taken.username) refuseTakenUsername();
  throw new KeywrightError("NOT_AUTHENTICATED");
}

function toChanges(deps: Deps, { username, firstName, lastName, profile }: UserUpdate): UserChanges {
  const given = { username, firstName, lastName };
  const { updatable } = deps.settings.user;
  const locked = Object.entries(given).filter(([name, value]) => {
    return value !== undefined && !updatable.some((field) => field === name);
  });
  const fields: FieldErrors = Object.assign({}, ...locked.map(([name]) => fieldError(name, "UNKNOWN_FIELD")));
  if (locked.length > 0) throw new KeywrightError("VALIDATION", { fields });
  return {
    ...(username === undefined ? {} : toUsername(deps, username)),
    ...(firstName === undefined ? {} : { firstName }),
    ...(lastName === undefined ? {} : { lastName }),
    ...(profile === undefined ? {} : { profile }),
  };
}
