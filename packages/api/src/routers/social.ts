import type { AuthContext } from "../context.js";
import type { SocialProofInput } from "../contract/input-types.js";
import type { SocialProcedures } from "../contract/procedures.js";
import type { SocialSignIn, VerificationSent } from "../contract/types.js";
import {
  socialAccountInput,
  socialCompleteInput,
  socialLoginInput,
  socialProofInput,
  socialStartInput,
} from "../inputs/social.js";
import {
  authorization,
  completed,
  nothing,
  socialAccount,
  socialAccounts,
  sociallySignedIn,
  socialProviders,
} from "../outputs.js";
import { gated, passGate } from "../services/gate.js";
import { completeSignUp, issueTicket } from "../services/social/complete.js";
import { connectIdentity, disconnectIdentity, ownIdentities } from "../services/social/connections.js";
import { flowSuffix, startSocial } from "../services/social/flow.js";
import { identify, type SocialProof } from "../services/social/identify.js";
import type { SocialOutcome } from "../services/social/outcome.js";
import { listProviders } from "../services/social/provider-list.js";
import { newcomerOf, signInWithIdentity } from "../services/social/sign-in.js";
import { credentialProcedure, currentProcedure, publicProcedure } from "../trpc/builders.js";
import { refusedWith } from "../trpc/error-shapes.js";
import { freshCredentialProcedure } from "../trpc/own-procedures.js";

const badProof = [
  "SOCIAL_NOT_CONFIGURED",
  "PROVIDER_REFUSED",
  "PROVIDER_UNAVAILABLE",
  "PROVIDER_TOKEN_INVALID",
  "TOKEN_INVALID",
  "TOKEN_EXPIRED",
] as const;

const badSignUp = [
  "ACCOUNT_DISABLED",
  "EMAIL_NOT_VERIFIED",
  "REGISTRATION_CLOSED",
  "EMAIL_TAKEN",
  "EMAIL_CONFLICT",
] as const;

export const socialRouter: SocialProcedures = {
  providers: publicProcedure.output(socialProviders).query(({ ctx }) => listProviders(ctx.auth.deps)),

  start: credentialProcedure("signInsPerIp")
    .errors(
      refusedWith(
        "SOCIAL_NOT_CONFIGURED",
        "PROVIDER_UNAVAILABLE",
        "NOT_AUTHENTICATED",
        "EMAIL_NOT_VERIFIED",
        "REAUTHENTICATION_REQUIRED",
      ),
    )
    .input(socialStartInput)
    .output(authorization)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      await passGate(deps, who, { call: gated.socialStart(input), proof: carrier.proof });
      const live = (input.purpose ?? "login") === "login" ? null : await carrier.authenticate();
      const { authorizationUrl, cookie } = await startSocial(deps, { ...who, ...live }, input);
      if (cookie) carrier.bindFlow(cookie);
      return { authorizationUrl };
    }),

  login: credentialProcedure("signInsPerIp")
    .errors(refusedWith(...badProof, ...badSignUp))
    .input(socialLoginInput)
    .output(sociallySignedIn)
    .mutation(async ({ ctx, input }) => {
      // First: a refused call keeps its code and its cookie, so that it can be sent again with a proof.
      await passGate(ctx.auth.deps, ctx.auth.who, { call: gated.socialLogin(input), proof: ctx.auth.carrier.proof });
      const newcomer = newcomerOf(await proofOf(ctx.auth, input), {
        ...input,
        devices: ctx.auth.carrier.deviceMarks().map(({ account }) => account),
      });
      const outcome = await signInWithIdentity(ctx.auth.deps, ctx.auth.who, newcomer);
      if (outcome.status !== "registration_incomplete") return delivered(ctx.auth, outcome);
      return { ...outcome, ticket: await issueTicket(ctx.auth.deps, newcomer, null) };
    }),

  complete: credentialProcedure("registrationsPerIp")
    .errors(refusedWith("SOCIAL_NOT_CONFIGURED", "TOKEN_INVALID", "TOKEN_EXPIRED", "USERNAME_TAKEN", ...badSignUp))
    .input(socialCompleteInput)
    .output(completed)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      return delivered(ctx.auth, await completeSignUp(deps, who, { input, browser: carrier }));
    }),

  connect: freshCredentialProcedure
    .errors(refusedWith(...badProof, "EMAIL_NOT_VERIFIED", "IDENTITY_TAKEN"))
    .input(socialProofInput)
    .output(socialAccount)
    .mutation(async ({ ctx, input }) => {
      return await connectIdentity(ctx.auth.deps, ctx.auth.who, await proofOf(ctx.auth, input));
    }),

  disconnect: freshCredentialProcedure
    .errors(refusedWith("LAST_SIGN_IN_METHOD"))
    .input(socialAccountInput)
    .output(nothing)
    .mutation(({ ctx, input }) => disconnectIdentity(ctx.auth.deps, ctx.auth.who, input)),

  accounts: currentProcedure.output(socialAccounts).query(({ ctx }) => ownIdentities(ctx.auth.deps, ctx.auth.who)),
};

/** The flow's cookie is used up with its code. */
async function proofOf({ deps, who, carrier }: AuthContext, input: SocialProofInput): Promise<SocialProof> {
  const suffix = input.state === undefined ? null : flowSuffix(input.state);
  const browserToken = suffix === null ? null : carrier.flowCookie(suffix);
  // Whatever comes of it, this was its only use.
  if (suffix !== null && browserToken !== null) carrier.endFlow(suffix);
  return await identify(deps, who, { input, browserToken });
}

function delivered(
  { carrier }: AuthContext,
  outcome: Exclude<SocialOutcome, { status: "registration_incomplete" }>,
): SocialSignIn | VerificationSent {
  if (outcome.status !== "signed_in") return outcome;
  return { ...carrier.deliver(outcome.started), created: outcome.created };
}
