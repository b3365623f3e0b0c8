import type { UserKeys, UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import type { LoginInput } from "../../contract/input-types.js";
import { KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import { callHook } from "../../hooks.js";
import { foldName } from "../../inputs/fields.js";
import type { Visitor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { signInNotices } from "../sign-in-notices.js";
import { finishSignIn, type StartedSession, startSession } from "../start-session.js";

/**
 * Signs in with a name and a password, or whatever the app's own `authenticate` accepts. An unknown name costs the same
 * as a wrong password: the same statements and one verification. Throws `INVALID_CREDENTIALS`; and, only if the
 * password was right, `ACCOUNT_DISABLED` or `EMAIL_NOT_VERIFIED`.
 */
export async function login(deps: Deps, who: Visitor, input: LoginInput): Promise<StartedSession> {
  const { user: found, suspectId } = await tryLogin(deps, who, input);
  if (!found) return await refuseLogin(deps, who, suspectId);
  await refuseUnusable(deps, who, found);
  const started = await inTransaction(deps, async (deps) => {
    const mark = { now: deps.now(), ip: who.ip, userAgent: who.userAgent };
    const login = await db.recordLogin(deps.db, found, mark);
    if (!login) return null;
    const { wasArchived: unarchived } = login;
    return await startSession(deps, who, {
      user: login.user,
      remember: input.remember ?? true,
      deviceName: input.deviceName ?? null,
      unarchived,
      because: unarchived ? ["user.unarchived"] : [],
      mails: signInNotices(deps, login.user, { unarchived, isKnown: isKnown(who, found) || login.hasSessionLikeIt }),
    });
  });
  // Credentials changed after the password was checked.
  return started ? await finishSignIn(deps, who, started) : await refuseLogin(deps, who, found.id);
}

/** The built-in way to decide who is logging in: by the stored password. Null for nobody. */
export async function authenticateByPassword(deps: Deps, _who: Visitor, input: LoginInput): Promise<UserRow | null> {
  return (await tryPassword(deps, input)).user;
}

/** The name as typed, folded; guesses are counted under it. */
export function typedName(input: LoginInput): string {
  return foldName(input.login ?? input.email ?? input.username ?? "");
}

interface Attempt {
  /** Null if the login is refused. */
  user: UserRow | null;
  /** The account with that name, if any. */
  suspectId: string | null;
}

async function tryLogin(deps: Deps, who: Visitor, input: LoginInput): Promise<Attempt> {
  const { authenticate } = deps.extensions;
  if (!authenticate) return await tryPassword(deps, input);
  const hook = { name: "authenticate", ...deps.settings.hooks };
  return { user: await callHook(hook, () => authenticate(deps, who, input)), suspectId: null };
}

async function tryPassword(deps: Deps, input: LoginInput): Promise<Attempt> {
  const found = await db.findCredentials(deps.db, loginKeys(deps, input));
  const { isRight, needsRehash } = await deps.passwords.verify(found?.hash ?? null, input.password);
  if (!found || !isRight) return { user: null, suspectId: found?.user.id ?? null };
  if (needsRehash && found.hash !== null) {
    const row = {
      userId: found.user.id,
      hash: await deps.passwords.hash(input.password, found.hash),
      updatedAt: deps.now(),
    };
    await db.replacePasswordHash(deps.db, row, found.hash);
  }
  return { user: found.user, suspectId: found.user.id };
}

async function refuseLogin(deps: Deps, who: Visitor, userId: string | null): Promise<never> {
  await recordEvents(deps, who, { events: [{ kind: "login.failed", userId }] });
  throw new KeywrightError("INVALID_CREDENTIALS");
}

/** A name with an `@` is an address: usernames cannot contain one. */
export function loginKeys({ settings }: Deps, input: LoginInput): UserKeys {
  const { fields } = settings.login;
  const name = typedName(input);
  const isEmail = input.email !== undefined || (input.login?.includes("@") ?? false);
  return {
    emailKey: isEmail && fields.includes("email") ? name : null,
    usernameKey: !isEmail && fields.includes("username") ? name : null,
  };
}

/** Somebody who has the password of an account that is locked is worth an event. */
async function refuseUnusable(deps: Deps, who: Visitor, user: UserRow): Promise<void> {
  const isBarred = deps.settings.registration.verification === "mandatory" && user.emailVerifiedAt === null;
  if (!user.isDisabled && !isBarred) return;
  await recordEvents(deps, who, { events: [{ kind: "login.failed", userId: user.id }] });
  throw new KeywrightError(user.isDisabled ? "ACCOUNT_DISABLED" : "EMAIL_NOT_VERIFIED");
}

/** The very first login needs no notice. */
function isKnown(who: Visitor, { lastLoginAt }: UserRow): boolean {
  return (who.isKnownDevice ?? false) || lastLoginAt === null;
}
