import type { PasswordProcedures } from "../contract/procedures.js";
import { changePasswordInput, checkTokenInput, requestResetInput, resetInput } from "../inputs/password.js";
import { checkedSecret, nothing, signInOrOut } from "../outputs.js";
import { changePassword } from "../services/password/password-change.js";
import { requestPasswordReset, resetPassword } from "../services/password/password-reset.js";
import { setPassword } from "../services/password/password-set.js";
import { checkToken } from "../services/secrets.js";
import {
  countMail,
  countOwnPasswordTry,
  credentialProcedure,
  ownPasswordProcedure,
  refusedWith,
} from "../trpc/builders.js";

export const passwordRouter: PasswordProcedures = {
  requestReset: credentialProcedure("mailsPerIp")
    .input(requestResetInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await countMail(ctx.auth, "reset", input.email);
      return await requestPasswordReset(ctx.auth.deps, ctx.auth.who, input);
    }),

  checkToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(checkTokenInput)
    .output(checkedSecret)
    .mutation(({ ctx, input }) => checkToken(ctx.auth.deps, ctx.auth.who, input)),

  reset: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(resetInput)
    .output(nothing)
    .mutation(({ ctx, input }) => resetPassword(ctx.auth.deps, ctx.auth.who, input)),

  set: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED", "PASSWORD_ALREADY_SET"))
    .input(resetInput)
    .output(nothing)
    .mutation(({ ctx, input }) => setPassword(ctx.auth.deps, ctx.auth.who, input)),

  change: ownPasswordProcedure
    .errors(refusedWith("PASSWORD_UNCHANGED", "REAUTHENTICATION_REQUIRED"))
    .input(changePasswordInput)
    .use(({ ctx, next }) => countOwnPasswordTry(ctx.auth, ctx.auth.who, next))
    .output(signInOrOut)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      const started = await changePassword(deps, who, input);
      if (started) return carrier.deliver(started);
      carrier.clear();
      return { status: "signed_out" };
    }),
};
