import type { UserKeys, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { type Deps, inTransaction } from "../deps.js";
import { KeywrightError } from "../errors.js";
import type { LoginInput } from "../inputs/auth.js";
import { foldName } from "../inputs/fields.js";
import type { Visitor } from "../who.js";
import { type StartedSession, startSession } from "./start-session.js";

/**
 * Signs in with a name and a password. An unknown name costs what a wrong password does: the same statements and one
 * verification. Throws `INVALID_CREDENTIALS`; only after the password was right `ACCOUNT_DISABLED` or
 * `EMAIL_NOT_VERIFIED`.
 */
export async function login(deps: Deps, who: Visitor, input: LoginInput): Promise<StartedSession> {
  const found = await db.findCredentials(deps.db, loginKeys(deps, input));
  const { isRight, needsRehash } = await deps.passwords.verify(found?.hash ?? null, input.password);
  if (!found || !isRight) throw new KeywrightError("INVALID_CREDENTIALS");
  refuseUnusable(deps, found.user);
  const newHash = needsRehash ? await deps.passwords.hash(input.password) : null;
  return await inTransaction(deps, async (deps) => {
    const user = await db.recordLogin(deps.db, found.user, deps.now());
    if (!user) throw new KeywrightError("INVALID_CREDENTIALS");
    if (newHash !== null && found.hash !== null) {
      const row = { userId: user.id, hash: newHash, updatedAt: deps.now() };
      await db.replacePasswordHash(deps.db, row, found.hash);
    }
    return await startSession(deps, who, {
      user,
      remember: input.remember ?? true,
      deviceName: input.deviceName ?? null,
      unarchived: found.user.archivedAt !== null,
      because: found.user.archivedAt === null ? [] : ["user.unarchived"],
    });
  });
}

/** The name that was typed, folded; what guesses are counted under. */
export function typedName(input: LoginInput): string {
  return foldName(input.login ?? input.email ?? input.username ?? "");
}

/** A name with an `@` is an address: usernames have none. */
function loginKeys({ settings }: Deps, input: LoginInput): UserKeys {
  const { fields } = settings.login;
  const name = typedName(input);
  const isEmail = input.email !== undefined || (input.login?.includes("@") ?? false);
  return {
    emailKey: isEmail && fields.includes("email") ? name : null,
    usernameKey: !isEmail && fields.includes("username") ? name : null,
  };
}

function refuseUnusable({ settings }: Deps, user: UserRow): void {
  if (user.isDisabled) throw new KeywrightError("ACCOUNT_DISABLED");
  if (!settings.login.allowUnverified && user.emailVerifiedAt === null) throw new KeywrightError("EMAIL_NOT_VERIFIED");
}
