import type { AuthContext } from "../context.js";
import type { RegistrationProcedures } from "../contract/procedures.js";
import type { SignIn, VerificationSent } from "../contract/types.js";
import { type Registration, registerInput, resendVerificationInput, verifyEmailInput } from "../inputs/registration.js";
import { countMail } from "../limits/limits.js";
import { nothing, registered, verifiedOrSignedIn } from "../outputs.js";
import { gated, passGate } from "../services/gate.js";
import { resendVerification, verifyEmail } from "../services/registration/email-verification.js";
import { register } from "../services/registration/registration.js";
import { credentialProcedure } from "../trpc/builders.js";
import { refusedWith } from "../trpc/error-shapes.js";

export const registrationRouter: RegistrationProcedures = {
  register: credentialProcedure("registrationsPerIp")
    .errors(refusedWith("REGISTRATION_CLOSED", "EMAIL_TAKEN", "USERNAME_TAKEN"))
    .input(registerInput)
    .output(registered)
    .mutation(({ ctx, input }) => answerRegistration(ctx.auth, input)),

  verifyEmail: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED", "ALREADY_VERIFIED"))
    .input(verifyEmailInput)
    .output(verifiedOrSignedIn)
    .mutation(async ({ ctx, input }) => {
      const started = await verifyEmail(ctx.auth.deps, ctx.auth.who, input);
      return started ? ctx.auth.carrier.deliver(started) : { status: "verified" };
    }),

  resendVerification: credentialProcedure("mailsPerIp")
    .input(resendVerificationInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await countMail(ctx.auth, "verify", input.email);
      return await resendVerification(ctx.auth.deps, ctx.auth.who, input);
    }),
};

/**
 * What `register` does with its input, asking the gate and delivering the session included; for an app's own
 * procedures, which may take more input.
 */
export async function answerRegistration(auth: AuthContext, input: Registration): Promise<SignIn | VerificationSent> {
  const { deps, who, carrier } = auth;
  await passGate(deps, who, { call: gated.register(input), proof: carrier.proof });
  const started = await register(deps, who, input);
  return started ? carrier.deliver(started) : { status: "verification_sent" };
}
