import type { PasswordProcedures } from "../contract/procedures.js";
import { changePasswordInput, checkTokenInput, requestResetInput, resetInput } from "../inputs/password.js";
import { countMail, uncountMail } from "../limits/limits.js";
import { checkedSecret, nothing, signInOrOut } from "../outputs.js";
import { gated, passGate } from "../services/gate.js";
import { changePassword } from "../services/password/password-change.js";
import { redeemResetLink, requestPasswordReset } from "../services/password/password-reset.js";
import { redeemSetPasswordLink } from "../services/password/password-set.js";
import { checkToken } from "../services/secrets.js";
import { credentialProcedure } from "../trpc/builders.js";
import { refusedWith } from "../trpc/error-shapes.js";
import { countOwnGuess } from "../trpc/own-guesses.js";
import { ownPasswordProcedure } from "../trpc/own-procedures.js";

export const passwordRouter: PasswordProcedures = {
  requestReset: credentialProcedure("mailsPerIp")
    .input(requestResetInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      await countMail(ctx.auth, "reset", input.email);
      const giveBack = () => uncountMail(ctx.auth, "reset", input.email);
      await passGate(deps, who, { call: gated.requestReset(input), proof: carrier.proof, giveBack });
      return await requestPasswordReset(deps, who, input);
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
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      carrier.rememberDevice(await redeemResetLink(deps, who, input));
      return {};
    }),

  set: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED", "PASSWORD_ALREADY_SET"))
    .input(resetInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      carrier.rememberDevice(await redeemSetPasswordLink(deps, who, input));
      return {};
    }),

  change: ownPasswordProcedure
    .errors(refusedWith("PASSWORD_UNCHANGED", "REAUTHENTICATION_REQUIRED"))
    .input(changePasswordInput)
    .use(({ ctx, input, next }) => {
      return countOwnGuess(ctx.auth, input, { limit: "changes", next: (input) => next({ input }) });
    })
    .output(signInOrOut)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      const started = await changePassword(deps, who, input);
      if (started) return carrier.deliver(started);
      carrier.clear();
      return { status: "signed_out" };
    }),
};
