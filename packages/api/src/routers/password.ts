import { checkTokenInput, requestResetInput, resetInput } from "../inputs/password.js";
import { checkedSecret, nothing } from "../outputs.js";
import { requestPasswordReset, resetPassword } from "../services/password-reset.js";
import { checkToken } from "../services/secrets.js";
import { countMail, credentialProcedure, refusedWith } from "../trpc.js";

export const passwordRouter = {
  /** E-mails a reset link if the address has an account. The answer never tells whether it has. */
  requestReset: credentialProcedure("mailsPerIp")
    .input(requestResetInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await countMail(ctx.auth, "reset", input.email);
      return await requestPasswordReset(ctx.auth.deps, ctx.auth.who, input);
    }),

  /** Tells what a mailed link is for, before a form is shown. Uses nothing up. */
  checkToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(checkTokenInput)
    .output(checkedSecret)
    .mutation(({ ctx, input }) => checkToken(ctx.auth.deps, ctx.auth.who, input)),

  /** Sets a new password with a mailed link. Ends every session of the account and signs nobody in. */
  reset: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(resetInput)
    .output(nothing)
    .mutation(({ ctx, input }) => resetPassword(ctx.auth.deps, ctx.auth.who, input)),
};
