import type { AuthContext } from "../context.js";
import type { LoginInput, ReauthenticateInput } from "../contract/input-types.js";
import type { AuthProcedures } from "../contract/procedures.js";
import type { SignIn } from "../contract/types.js";
import {
  loginInput,
  logoutInput,
  noInput,
  refreshTokenInput,
  sessionIdInput,
  verifyTokenInput,
} from "../inputs/auth.js";
import { reauthenticateInput } from "../inputs/social.js";
import { countOwnPasswordTry, countPasswordTry } from "../limits/guesses.js";
import { countMail } from "../limits/limits.js";
import {
  currentSession,
  nothing,
  publicConfig,
  reauthenticated,
  revoked,
  revokedCount,
  sessionInfos,
  signIn,
  tokens,
  verifiedToken,
} from "../outputs.js";
import { login, typedName } from "../services/auth/login.js";
import { logout } from "../services/auth/logout.js";
import { publicConfigOf } from "../services/auth/public-config.js";
import { reauthenticateBy } from "../services/auth/reauthenticate.js";
import { ownSessions, revokeOtherSessions, revokeSession } from "../services/auth/session-list.js";
import { requestStepUpCode } from "../services/auth/step-up-code.js";
import { refresh, revokeToken, verifyToken } from "../services/auth/tokens.js";
import { gated, passGate } from "../services/gate.js";
import { toSessionInfo, toUser } from "../services/views.js";
import { credentialProcedure, currentProcedure, ownCredentialProcedure, publicProcedure } from "../trpc/builders.js";
import { refusedWith } from "../trpc/error-shapes.js";

export const authRouter: AuthProcedures = {
  login: credentialProcedure("signInsPerIp")
    .errors(refusedWith("INVALID_CREDENTIALS", "EMAIL_NOT_VERIFIED", "ACCOUNT_DISABLED"))
    .input(loginInput)
    .output(signIn)
    .mutation(({ ctx, input }) => answerLogin(ctx.auth, input)),

  logout: ownCredentialProcedure
    .input(logoutInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const done = await logout(ctx.auth.deps, ctx.auth.who, input);
      ctx.auth.carrier.clear();
      return done;
    }),

  session: publicProcedure.output(currentSession).query(async ({ ctx }) => {
    const live = await ctx.auth.carrier.authenticate();
    return live && { user: toUser(live.user), session: toSessionInfo(live.session, live.session.id) };
  }),

  sessions: currentProcedure.output(sessionInfos).query(({ ctx }) => ownSessions(ctx.auth.deps, ctx.auth.who)),

  revokeSession: ownCredentialProcedure
    .input(sessionIdInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const done = await revokeSession(ctx.auth.deps, ctx.auth.who, input);
      if (input.id === ctx.session.id) ctx.auth.carrier.clear();
      return done;
    }),

  revokeOtherSessions: ownCredentialProcedure
    .input(noInput)
    .output(revokedCount)
    .mutation(({ ctx }) => revokeOtherSessions(ctx.auth.deps, ctx.auth.who)),

  reauthenticate: ownCredentialProcedure
    .errors(
      refusedWith(
        "WRONG_PASSWORD",
        "TOKEN_INVALID",
        "TOKEN_EXPIRED",
        "SOCIAL_NOT_CONFIGURED",
        "PROVIDER_REFUSED",
        "PROVIDER_UNAVAILABLE",
        "PROVIDER_TOKEN_INVALID",
      ),
    )
    .input(reauthenticateInput)
    .use(({ ctx, input, next }) => (isGuess(input) ? countOwnPasswordTry(ctx.auth, ctx.auth.who, next) : next()))
    .output(reauthenticated)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      const done = await reauthenticateBy(deps, who, input);
      if (input.password !== undefined) carrier.rememberDevice(who.user);
      return done;
    }),

  requestCode: ownCredentialProcedure
    .errors(refusedWith("PASSWORD_ALREADY_SET", "EMAIL_NOT_VERIFIED"))
    .input(noInput)
    .output(nothing)
    .mutation(async ({ ctx }) => {
      await countMail(ctx.auth, "code", ctx.user.email ?? ctx.user.id);
      return await requestStepUpCode(ctx.auth.deps, ctx.auth.who);
    }),

  refreshToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(refreshTokenInput)
    .output(tokens)
    .mutation(({ ctx, input }) => refresh(ctx.auth.deps, ctx.auth.who, input)),

  verifyToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(verifyTokenInput)
    .output(verifiedToken)
    .mutation(({ ctx, input }) => verifyToken(ctx.auth.deps, ctx.auth.who, input)),

  revokeToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID"))
    .input(refreshTokenInput)
    .output(revoked)
    .mutation(({ ctx, input }) => revokeToken(ctx.auth.deps, ctx.auth.who, input)),

  config: publicProcedure.output(publicConfig).query(({ ctx }) => publicConfigOf(ctx.auth.deps)),
};

/**
 * What `login` does with its input, including counting guesses and asking the gate; for an app's own procedures, which may take more input.
 */
export async function answerLogin(auth: AuthContext, input: LoginInput): Promise<SignIn> {
  const { deps, who, carrier } = auth;
  return await countPasswordTry(auth, typedName(input), async (isKnownDevice) => {
    await passGate(deps, who, { call: gated.login(input), proof: carrier.proof });
    return carrier.deliver(await login(deps, { ...who, isKnownDevice }, input));
  });
}

/** Guesses of a password or of a code; what a provider has signed cannot be guessed. */
function isGuess({ password, code }: ReauthenticateInput): boolean {
  return password !== undefined || code !== undefined;
}
