import { z } from "zod";
import { callHook, inTime } from "../hooks.js";
import { loggableError } from "../log.js";
import { tokens } from "../outputs.js";
import { jwtTokens } from "./jwt.js";
import type {
  AccessClaims,
  CreateTokenManager,
  IssuedTokens,
  RefreshOutcome,
  TokenManager,
  TokenStart,
  TokenSubject,
} from "./token-manager.js";

const acts = ["issue", "verify", "refresh", "revoke", "revokeAll"] as const satisfies (keyof TokenManager)[];

/**
 * Makes the token manager that a configuration specifies, or the default one, and validates everything it returns. Throws an `Error` that
 * names the setting if that fails.
 */
export async function startTokenManager(own: CreateTokenManager | undefined, start: TokenStart): Promise<TokenManager> {
  const manager = await made(own ?? jwtTokens(), start);
  const missing = acts.filter((act) => typeof manager?.[act] !== "function");
  if (missing.length > 0) fail(`lacks ${missing.map((act) => `\`${act}\``).join(", ")}: it needs ${acts.join(", ")}.`);
  const { timeoutMs } = start.settings.hooks;
  const call: Call = (act, work) => callHook({ name: `tokenManager.${act}`, timeoutMs }, work);
  return guarded(manager, own ? call : async (_act, work) => await work());
}

async function made(create: CreateTokenManager, start: TokenStart): Promise<TokenManager> {
  if (typeof create !== "function") fail("must be a function that makes a token manager, such as `jwtTokens()`.");
  try {
    const { timeoutMs } = start.settings.hooks;
    return await inTime(
      timeoutMs,
      () => create(start),
      () => new Error(`it takes longer than ${timeoutMs} ms.`),
    );
  } catch (error) {
    fail(`cannot start: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fail(fault: string): never {
  throw new Error(`Setting \`tokenManager\` ${fault}`);
}

/** Calls one of the manager's functions. */
type Call = <T>(act: keyof TokenManager, work: () => T | Promise<T>) => Promise<T>;

/**
 * Validated inside the transaction where possible, so that an invalid answer leaves nothing behind. A built-in manager
 * waits for nothing but the database, which has limits of its own.
 */
function guarded(manager: TokenManager, call: Call): TokenManager {
  const checkedTokens = (act: "issue" | "refresh", issued: IssuedTokens): IssuedTokens => {
    if (typeof issued !== "function") return checked(act, tokens, issued);
    return () => call(act, async () => checked(act, tokens, await issued()));
  };
  return {
    issue: (work, subject) => call("issue", async () => checkedTokens("issue", await manager.issue(work, subject))),
    async verify(work, token, options) {
      const read = async () => checked("verify", verified, await manager.verify(work, token, options));
      const claims = await call("verify", read);
      if (claims === null || claims === "expired" || options?.acceptExpired) return claims;
      return claims.expiresAt <= work.now() ? "expired" : claims;
    },
    refresh: (work, token) => {
      return call("refresh", async () => {
        const outcome = checked("refresh", refreshed, await manager.refresh(work, token));
        if (outcome.status !== "refreshed") return outcome;
        return { ...outcome, tokens: checkedTokens("refresh", outcome.tokens) };
      });
    },
    revoke: (work, token) => call("revoke", async () => checked("revoke", owner, await manager.revoke(work, token))),
    revokeAll: (work, of) => call("revokeAll", () => manager.revokeAll(work, of)),
    revokesAtLogout: manager.revokesAtLogout ?? true,
    jwks: () => manager.jwks?.() ?? { keys: [] },
  };
}

/** The value itself is not repeated: it may be a token. */
function checked<T>(act: keyof TokenManager, schema: z.ZodType<T>, answer: T): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return answer;
  const where = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw loggableError(`The token manager's \`${act}\` returned an invalid answer${where ? ` (${where})` : ""}.`);
}

const carried = z.custom<TokenSubject>((value) => typeof value === "object" && value !== null);
const verified: z.ZodType<AccessClaims | "expired" | null> = z.union([
  z.null(),
  z.literal("expired"),
  z.object({ userId: z.uuid(), sessionId: z.uuid(), expiresAt: z.date(), carried: carried.nullish() }),
]);
const issued = z.custom<IssuedTokens>((value) => value !== undefined);
const refreshed: z.ZodType<RefreshOutcome> = z.discriminatedUnion("status", [
  z.object({ status: z.literal("refreshed"), sessionId: z.uuid(), tokens: issued, isShared: z.boolean().optional() }),
  z.object({ status: z.literal("refused"), reason: z.enum(["TOKEN_INVALID", "TOKEN_EXPIRED", "UNAVAILABLE"]) }),
  z.object({ status: z.literal("reused"), sessionId: z.uuid() }),
]);
const owner = z.object({ userId: z.uuid(), sessionId: z.uuid() }).nullable();
