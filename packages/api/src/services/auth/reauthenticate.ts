import * as db from "@keywright/db";
import type { ReauthenticateInput } from "../../contract/input-types.js";
import { KeywrightError } from "../../contract/reasons.js";
import { type Deps, inTransaction } from "../../deps.js";
import type { Actor } from "../../who.js";
import { recordEvents } from "../audit.js";
import { assertOwnPassword } from "../current-password.js";
import { provingAgain } from "../own-session.js";
import { assertFlowOf } from "../social/connections.js";
import { identify, redeemHandoff, type SocialProof } from "../social/identify.js";
import { consumeStepUpCode } from "./step-up-code.js";

export interface Reauthenticated {
  authenticatedAt: Date;
}

/** Authenticates again by whatever proof is given. Throws what that proof's function below throws. */
export async function reauthenticateBy(deps: Deps, who: Actor, input: ReauthenticateInput): Promise<Reauthenticated> {
  const { password, code, handoff, codeVerifier, provider = "", idToken, nonce } = input;
  if (password !== undefined) return await reauthenticate(deps, who, { password });
  if (code !== undefined) return await reauthenticateByCode(deps, who, { code });
  const proof =
    handoff !== undefined && codeVerifier !== undefined
      ? await redeemHandoff(deps, who, { handoff, codeVerifier })
      : await identify(deps, who, { input: { provider, idToken, nonce }, browserToken: null });
  return await reauthenticateByProvider(deps, who, proof);
}

/**
 * Confirms the caller's password, which unlocks `freshProcedure`s for a while ("step-up"). Throws `WRONG_PASSWORD`, and
 * `NOT_AUTHENTICATED` if the session ended meanwhile.
 */
export async function reauthenticate(
  deps: Deps,
  who: Actor,
  { password }: { password: string },
): Promise<Reauthenticated> {
  return await provingAgain(deps, who, async (who) => {
    await assertOwnPassword(deps, who, { field: "password", password });
    return await markAuthenticated(deps, who, { at: deps.now() });
  });
}

/** The same by a mailed code. Throws `TOKEN_INVALID`, `TOKEN_EXPIRED`, `NOT_AUTHENTICATED`. */
async function reauthenticateByCode(deps: Deps, who: Actor, { code }: { code: string }): Promise<Reauthenticated> {
  const prove = (deps: Deps) => consumeStepUpCode(deps, who, code);
  return orRefuse(await markAuthenticated(deps, who, { at: deps.now(), prove }));
}

/** The clocks of two machines differ. */
const toleranceMs = 60_000;

/**
 * The same by a connected provider that says when the person last signed in there (`auth_time`; OpenID Connect Core, 2):
 * after the round trip was begun, or, for an ID token, within `session.freshMinutes`. Throws `PROVIDER_TOKEN_INVALID` if
 * it does not say so, or somebody else signed in there; `TOKEN_INVALID`, `NOT_AUTHENTICATED`.
 */
export async function reauthenticateByProvider(deps: Deps, who: Actor, proof: SocialProof): Promise<Reauthenticated> {
  assertFlowOf(deps, who, { proof, purpose: "reauthenticate" });
  const { identity, provider, flow } = proof;
  const now = deps.now();
  const oldest = flow?.startedAt ?? new Date(now.getTime() - deps.settings.session.freshMinutes * 60_000);
  const signedInAt = provider.provesFreshSignIn ? identity.authenticatedAt : null;
  const isRecent = signedInAt !== null && signedInAt.getTime() >= oldest.getTime() - toleranceMs;
  const owner = isRecent ? await db.findIdentity(deps.db, identity) : null;
  if (signedInAt === null || owner?.userId !== who.user.id) throw new KeywrightError("PROVIDER_TOKEN_INVALID");
  return orRefuse(await markAuthenticated(deps, who, { at: new Date(Math.min(signedInAt.getTime(), now.getTime())) }));
}

/** `overtaken` if the session ended or credentials changed since the proof. */
async function markAuthenticated(
  deps: Deps,
  { user, session, ...who }: Actor,
  { at: authenticatedAt, prove }: { at: Date; prove?: (deps: Deps) => Promise<void> },
): Promise<Reauthenticated | "overtaken"> {
  return await inTransaction(deps, async (deps) => {
    await prove?.(deps);
    const isAlive = await db.markAuthenticated(deps.db, { id: session.id, user, now: authenticatedAt });
    // Thrown, so that a code is not used up.
    if (!isAlive && prove) throw new KeywrightError("NOT_AUTHENTICATED");
    if (!isAlive) return "overtaken";
    const event = { kind: "session.reauthenticated" as const, userId: user.id, sessionId: session.id };
    await recordEvents(deps, who, { events: [event] });
    return { authenticatedAt };
  });
}

function orRefuse(done: Reauthenticated | "overtaken"): Reauthenticated {
  if (done === "overtaken") throw new KeywrightError("NOT_AUTHENTICATED");
  return done;
}
