import { initTRPC } from "@trpc/server";
import type { KeywrightContext } from "../context.js";
import { KeywrightError } from "../contract/reasons.js";
import { mayCookie } from "../contract/session-effects.js";
import { countIp, type PerIpLimit } from "../limits/limits.js";
import { summarize } from "../log.js";
import { assertFresh } from "../services/freshness.js";
import { toSessionInfo, toUser } from "../services/views.js";
import type { Actor } from "../who.js";
import { errorFormatter, refusedWith } from "./error-shapes.js";
import { inOneStep } from "./one-step.js";
import { isTrpcError, refusalOf, requestIdOf } from "./refusals.js";
import { transformer } from "./transformer.js";

/*
 * The bases of all procedures, each built on one above it; those for signed-in callers' own calls are in
 * `own-procedures.ts`. Any of them may also refuse for the base reasons. What
 * `declared` says of each is in its procedures' `meta`, where tests look for it.
 *
 * | Base                          | Who may call                                    | Counts            | Throws                              |
 * | ----------------------------- | ----------------------------------------------- | ----------------- | ----------------------------------- |
 * | `publicProcedure`             | everybody                                       |                   |                                     |
 * | `credentialProcedure(limit)`  | everybody; alone in the request, own origin     | `limit`, IP       | `RATE_LIMITED`, `BATCH_NOT_ALLOWED` |
 * | `guessProcedure`              | the same                                        | with the guess    | the same                            |
 * | `userProcedure`               | signed in; a stateless access token is trusted  |                   | `NOT_AUTHENTICATED`                 |
 * | `verifiedProcedure`           | the same, with a verified address               |                   | + `EMAIL_NOT_VERIFIED`              |
 * | `currentProcedure`            | signed in at this moment                        |                   | `NOT_AUTHENTICATED`                 |
 * | `freshProcedure`              | the same, recently authenticated                |                   | + `REAUTHENTICATION_REQUIRED`       |
 */

/** Who may call a procedure, and by which limit its calls are bounded; `reads` changes nothing and is not counted. */
interface Declared {
  access: "everybody" | "signed in" | "verified" | "fresh";
  limit: PerIpLimit | "guesses" | "changes" | "reads" | "ends its session";
}

/** Under one name, so that it does not clash with an app's own meta. */
export const declared = (access: Declared["access"], limit: Declared["limit"]) => ({ keywright: { access, limit } });

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });

/** For everybody. Makes no statement. */
export const publicProcedure = inOneStep(
  t.procedure
    .meta(declared("everybody", "reads"))
    .errors(errorFormatter)
    .use(async ({ ctx, path, type, next }) => {
      if (type === "mutation" && ctx.auth.carrier.isReadOnly) throw new KeywrightError("FORBIDDEN");
      const result = await next();
      const failed = (error: unknown) => noteFailure(ctx, path, error);
      if (!result.ok) failed(result.error);
      else if (isAsyncIterable(result.data)) return { ...result, data: watched(result.data, failed) };
      return result;
    }),
);

/** Says when to try again, and logs what is nobody's refusal. */
function noteFailure({ auth }: KeywrightContext, path: string, thrown: unknown): void {
  const { reason, retryAfter } = refusalOf(thrown);
  if (retryAfter !== undefined) auth.carrier.retryAfter(retryAfter);
  if (reason !== "INTERNAL" && reason !== "UNAVAILABLE") return;
  const requestId = requestIdOf(Object(thrown), auth.who.requestId);
  const error = summarize(isTrpcError(thrown) ? (thrown.cause ?? thrown) : thrown);
  auth.deps.log({ level: "error", message: "A call failed.", requestId, path, error });
}

function isAsyncIterable(data: unknown): data is AsyncIterable<unknown> {
  return Symbol.asyncIterator in Object(data);
}

/** What a stream throws once it is under way. */
async function* watched(source: AsyncIterable<unknown>, failed: (error: unknown) => void) {
  try {
    return yield* source;
  } catch (error) {
    failed(error);
    throw error;
  }
}

function signedInBy(lookUp: "authenticate" | "recognize") {
  return t.middleware(async ({ ctx, next }) => {
    const live = await ctx.auth.carrier[lookUp]();
    if (!live) throw new KeywrightError("NOT_AUTHENTICATED");
    // A spread with keys after it, which it did not have, takes V8 2 µs more.
    const who: Actor = Object.assign({}, ctx.auth.who, { user: live.user, session: live.session });
    const session = toSessionInfo(live.session, live.session.id);
    return next({ ctx: { auth: { ...ctx.auth, who }, user: toUser(live.user), session } });
  });
}

/**
 * For signed-in callers: `ctx.user` and `ctx.session` are theirs. With `tokens.statelessAccess`, an access token is
 * trusted for its whole life, and both are as they were when it was issued. Throws `NOT_AUTHENTICATED`.
 */
export const userProcedure = inOneStep(
  publicProcedure
    .meta(declared("signed in", "reads"))
    .errors(refusedWith("NOT_AUTHENTICATED"))
    .use(signedInBy("recognize")),
);

/** For callers whose session is alive right now, whatever their token says. Throws `NOT_AUTHENTICATED`. */
export const currentProcedure = inOneStep(
  publicProcedure
    .meta(declared("signed in", "reads"))
    .errors(refusedWith("NOT_AUTHENTICATED"))
    .use(signedInBy("authenticate")),
);

/** For callers whose e-mail address is verified. Throws `NOT_AUTHENTICATED`, `EMAIL_NOT_VERIFIED`. */
export const verifiedProcedure = inOneStep(
  userProcedure
    .meta(declared("verified", "reads"))
    .errors(refusedWith("EMAIL_NOT_VERIFIED"))
    .use(({ ctx, next }) => {
      if (!ctx.user.emailVerified) throw new KeywrightError("EMAIL_NOT_VERIFIED");
      return next();
    }),
);

/** For callers who gave their password within the last ten minutes. Throws `NOT_AUTHENTICATED`, `REAUTHENTICATION_REQUIRED`. */
export const freshProcedure = inOneStep(
  currentProcedure
    .meta(declared("fresh", "reads"))
    .errors(refusedWith("REAUTHENTICATION_REQUIRED"))
    .use(({ ctx, next }) => {
      assertFresh(ctx.auth.deps, ctx.auth.who);
      return next();
    }),
);

/**
 * Not in a batch, because a batch multiplies guesses; not on a stream if it sets a cookie, which would be lost; and not
 * from another site's page.
 */
export const alone = t.middleware(({ ctx, path, next }) => {
  const { carrier, who } = ctx.auth;
  if (carrier.isStream && who.transport === "cookie" && mayCookie(path)) throw new KeywrightError("STREAM_NOT_ALLOWED");
  if (carrier.batchSize > 1) throw new KeywrightError("BATCH_NOT_ALLOWED");
  carrier.assertOwnOrigin();
  return next();
});

/**
 * For calls that handle credentials or cause mail: alone in their request, and counted by IP address before anything
 * else.
 */
export function credentialProcedure(limit: PerIpLimit) {
  return inOneStep(
    publicProcedure
      .meta(declared("everybody", limit))
      .use(alone)
      .use(async ({ ctx, next }) => {
        const { deps, who } = ctx.auth;
        await countIp(deps, limit, who.ip);
        return next();
      }),
  );
}

/** For logins, which count the caller's address in the same statement as the guess. */
export const guessProcedure = publicProcedure.meta(declared("everybody", "guesses")).use(alone);
