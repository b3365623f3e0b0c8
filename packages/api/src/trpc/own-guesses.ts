import type { AuthContext } from "../context.js";
import { foldName } from "../inputs/fields.js";
import { unguessable } from "../limits/guesses.js";
import { countChange, countIp, ipCall } from "../limits/limits.js";
import { countGuess } from "../services/guesses.js";
import type { Actor } from "../who.js";

/** What a signed-in caller's prompt takes as proof. */
interface Proof {
  password?: string | undefined;
  currentPassword?: string | undefined;
  code?: string | undefined;
}

const secretFields: readonly string[] = ["password", "currentPassword", "code"] satisfies (keyof Proof)[];

/**
 * Counts the guess in a signed-in caller's input: all prompts of an account share one budget with its logins. The call
 * itself is counted by `limit`, in the same statement, or alone if there is no guess in it. Throws `RATE_LIMITED`.
 */
export async function countOwnGuess<I extends Proof, T extends { ok: boolean; error?: unknown }>(
  auth: AuthContext & { who: Actor },
  input: I,
  { limit, next }: { limit: "changes" | "mailsPerIp"; next(input: I): Promise<T> },
): Promise<T> {
  const { deps, who, carrier } = auth;
  if (!secretFields.some((name) => Reflect.get(input, name) !== undefined)) {
    await (limit === "changes" ? countChange(deps, who.session.id) : countIp(deps, limit, who.ip));
    return await next(input);
  }
  const { id, email, username } = who.user;
  return await countGuess(deps, who, {
    name: foldName(email ?? username ?? id),
    keys: { emailKey: email && foldName(email), usernameKey: email === null && username ? foldName(username) : null },
    marks: carrier.deviceMarks(),
    call: limit === "changes" ? deps.limits.changes.callOf(who.session.id) : ipCall(deps, limit, who.ip),
    async check({ isSpent }) {
      const result = await next(isSpent ? withoutSecrets(input) : input);
      if (!result.ok) throw result.error;
      return result;
    },
  });
}

function withoutSecrets<I extends Proof>(input: I): I {
  const given = Object.keys(input).filter((name) => secretFields.includes(name));
  return { ...input, ...Object.fromEntries(given.map((name) => [name, unguessable()])) };
}
