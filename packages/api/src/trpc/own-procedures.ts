import { KeywrightError } from "../contract/reasons.js";
import { countChange, countIp } from "../limits/limits.js";
import { alone, currentProcedure, declared, freshProcedure, publicProcedure } from "./builders.js";
import { refusedWith } from "./error-shapes.js";

/*
 * The bases of what signed-in callers do to their own accounts.
 *
 * | Base                          | Who may call                                    | Counts            | Throws                              |
 * | ----------------------------- | ----------------------------------------------- | ----------------- | ----------------------------------- |
 * | `endingProcedure`             | everybody; alone in the request, own origin     |                   | + `BATCH_NOT_ALLOWED`               |
 * | `ownChangeProcedure`          | `currentProcedure`, alone, own origin           | changes, session  | + `BATCH_NOT_ALLOWED`               |
 * | `ownMailProcedure`            | the same                                        | mails, IP         | + `BATCH_NOT_ALLOWED`               |
 * | `promptProcedure`             | the same, with a proof in the input             | `countOwnGuess`   | + `BATCH_NOT_ALLOWED`               |
 * | `freshCredentialProcedure`    | `freshProcedure`, alone, own origin             | changes, session  | + `BATCH_NOT_ALLOWED`               |
 * | `changeProcedure`             | `currentProcedure`, verified if required        | changes, account  | + `EMAIL_NOT_VERIFIED`              |
 * | `ownPasswordProcedure`        | the same, alone, with the password in the input | `countOwnGuess`   | + `WRONG_PASSWORD`                  |
 */

const ownCredentialProcedure = currentProcedure.use(alone);

/** For the call that ends the caller's session: there is no second one, and without one it costs nothing. */
export const endingProcedure = publicProcedure
  .meta(declared("everybody", "ends its session"))
  .errors(refusedWith("NOT_AUTHENTICATED"))
  .use(alone);

/** For signed-in callers' calls that end sessions. Counted by session: a thief's must not use up what the owner's has. */
export const ownChangeProcedure = ownCredentialProcedure
  .meta(declared("signed in", "changes"))
  .use(async ({ ctx, next }) => {
    await countChange(ctx.auth.deps, ctx.session.id);
    return next();
  });

/** For signed-in callers' calls that cause mail. */
export const ownMailProcedure = ownCredentialProcedure
  .meta(declared("signed in", "mailsPerIp"))
  .use(async ({ ctx, next }) => {
    await countIp(ctx.auth.deps, "mailsPerIp", ctx.auth.who.ip);
    return next();
  });

/** For signed-in callers' calls that take a password or a code: `countOwnGuess` counts it. */
export const promptProcedure = ownCredentialProcedure.meta(declared("signed in", "guesses"));

/** For recently authenticated callers' calls that change how they sign in. Throws `REAUTHENTICATION_REQUIRED`. */
export const freshCredentialProcedure = freshProcedure
  .meta(declared("fresh", "changes"))
  .use(alone)
  .use(async ({ ctx, next }) => {
    await countChange(ctx.auth.deps, ctx.session.id);
    return next();
  });

/** For callers whose address is verified, who have none, or who need not verify it. Throws `EMAIL_NOT_VERIFIED`. */
const verifiedIfRequiredProcedure = currentProcedure.errors(refusedWith("EMAIL_NOT_VERIFIED")).use(({ ctx, next }) => {
  const { email, emailVerified } = ctx.user;
  const isAsked = ctx.auth.deps.settings.registration.verification !== "none";
  if (isAsked && email !== null && !emailVerified) throw new KeywrightError("EMAIL_NOT_VERIFIED");
  return next();
});

/** For calls that change the details of the caller's account. */
export const changeProcedure = verifiedIfRequiredProcedure
  .meta(declared("verified", "changes"))
  .use(async ({ ctx, next }) => {
    await countChange(ctx.auth.deps, ctx.user.id);
    return next();
  });

/** For calls that change the caller's account as a whole and take the password: `countOwnGuess` counts it. */
export const ownPasswordProcedure = verifiedIfRequiredProcedure
  .meta(declared("verified", "guesses"))
  .use(alone)
  .errors(refusedWith("WRONG_PASSWORD"));
