import type { AuthContext } from "../context.js";
import type { LoginInput } from "../contract/input-types.js";
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
import { unguessable } from "../limits/guesses.js";
import { ipCall } from "../limits/limits.js";
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
import { login, loginKeys, typedName } from "../services/auth/login.js";
import { logout } from "../services/auth/logout.js";
import { publicConfigOf } from "../services/auth/public-config.js";
import { reauthenticateBy } from "../services/auth/reauthenticate.js";
import { ownSessions, revokeOtherSessions, revokeSession } from "../services/auth/session-list.js";
import { requestStepUpCode } from "../services/auth/step-up-code.js";
import { refresh, revokeToken, verifyToken } from "../services/auth/tokens.js";
import { gated, passGate } from "../services/gate.js";
import { countGuess } from "../services/guesses.js";
import { toSessionInfo, toUser } from "../services/views.js";
import { credentialProcedure, currentProcedure, guessProcedure, publicProcedure } from "../trpc/builders.js";
import { refusedWith } from "../trpc/error-shapes.js";
import { countOwnGuess } from "../trpc/own-guesses.js";
import { endingProcedure, ownChangeProcedure, ownMailProcedure, promptProcedure } from "../trpc/own-procedures.js";

export const authRouter: AuthProcedures = {
  login: guessProcedure
    .errors(refusedWith("INVALID_CREDENTIALS", "EMAIL_NOT_VERIFIED", "ACCOUNT_DISABLED"))
    .input(loginInput)
    .output(signIn)
    .mutation(({ ctx: { auth }, input }) => countedLogin(auth, input, ipCall(auth.deps, "signInsPerIp", auth.who.ip))),

  logout: endingProcedure
    .input(logoutInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      for (const live of await carrier.presented()) await logout(deps, { ...who, ...live }, input);
      carrier.clear();
      return {};
    }),

  session: publicProcedure.output(currentSession).query(async ({ ctx }) => {
    const live = await ctx.auth.carrier.authenticate();
    return live && { user: toUser(live.user), session: toSessionInfo(live.session, live.session.id) };
  }),

  sessions: currentProcedure.output(sessionInfos).query(({ ctx }) => ownSessions(ctx.auth.deps, ctx.auth.who)),

  revokeSession: ownChangeProcedure
    .input(sessionIdInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const done = await revokeSession(ctx.auth.deps, ctx.auth.who, input);
      if (input.id === ctx.session.id) ctx.auth.carrier.clear();
      return done;
    }),

  revokeOtherSessions: ownChangeProcedure
    .input(noInput)
    .output(revokedCount)
    .mutation(({ ctx }) => revokeOtherSessions(ctx.auth.deps, ctx.auth.who)),

  reauthenticate: promptProcedure
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
    .use(({ ctx, input, next }) => {
      return countOwnGuess(ctx.auth, input, { limit: "changes", next: (input) => next({ input }) });
    })
    .output(reauthenticated)
    .mutation(async ({ ctx, input }) => {
      const { deps, who, carrier } = ctx.auth;
      const done = await reauthenticateBy(deps, who, input);
      if (input.password !== undefined) carrier.rememberDevice(who.user);
      return done;
    }),

  requestCode: ownMailProcedure
    .errors(refusedWith("PASSWORD_ALREADY_SET", "EMAIL_NOT_VERIFIED"))
    .input(noInput)
    .output(nothing)
    .mutation(({ ctx }) => requestStepUpCode(ctx.auth.deps, ctx.auth.who)),

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
 * What `login` does with its input, counting guesses and asking the gate included; for an app's own procedures, which
 * may take more input.
 */
export async function answerLogin(auth: AuthContext, input: LoginInput): Promise<SignIn> {
  return await countedLogin(auth, input, null);
}

async function countedLogin(
  { deps, who, carrier }: AuthContext,
  input: LoginInput,
  call: ReturnType<typeof ipCall>,
): Promise<SignIn> {
  return await countGuess(deps, who, {
    name: typedName(input),
    keys: loginKeys(deps, input),
    marks: carrier.deviceMarks(),
    call,
    async check({ isKnownDevice, isSpent }) {
      const tried = isSpent ? { ...input, password: unguessable() } : input;
      await passGate(deps, who, { call: gated.login(input), proof: carrier.proof });
      return carrier.deliver(await login(deps, { ...who, isKnownDevice }, tried));
    },
  });
}
