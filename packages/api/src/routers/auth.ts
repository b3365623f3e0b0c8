import type { AuthContext } from "../context.js";
import type { AuthProcedures } from "../contract.js";
import type { LoginInput } from "../input-types.js";
import {
  loginInput,
  logoutInput,
  noInput,
  refreshTokenInput,
  sessionIdInput,
  verifyTokenInput,
} from "../inputs/auth.js";
import { ownPasswordInput } from "../inputs/user.js";
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
import { login, typedName } from "../services/login.js";
import { logout } from "../services/logout.js";
import { publicConfigOf } from "../services/public-config.js";
import { reauthenticate } from "../services/reauthenticate.js";
import { ownSessions, revokeOtherSessions, revokeSession } from "../services/session-list.js";
import { refresh, revokeToken, verifyToken } from "../services/tokens.js";
import {
  countOwnPasswordTry,
  countPasswordTry,
  credentialProcedure,
  currentProcedure,
  ownCredentialProcedure,
  publicProcedure,
  refusedWith,
} from "../trpc.js";
import type { SignIn } from "../types.js";
import { toSessionInfo, toUser } from "../views.js";

export const authRouter: AuthProcedures = {
  /** Signs in with a username or an e-mail address and a password. An archived account comes back by it. */
  login: credentialProcedure("signInsPerIp")
    .errors(refusedWith("INVALID_CREDENTIALS", "EMAIL_NOT_VERIFIED", "ACCOUNT_DISABLED"))
    .input(loginInput)
    .output(signIn)
    .mutation(({ ctx, input }) => answerLogin(ctx.auth, input)),

  /** Ends this session, or with `everywhere` all of the account's, and their refresh tokens. */
  logout: ownCredentialProcedure
    .input(logoutInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const done = await logout(ctx.auth.deps, ctx.auth.who, input);
      ctx.auth.carrier.clear();
      return done;
    }),

  /** Who is signed in, and on which session; null for a visitor. Never refuses. */
  session: publicProcedure.output(currentSession).query(async ({ ctx }) => {
    const live = await ctx.auth.carrier.authenticate();
    return live && { user: toUser(live.user), session: toSessionInfo(live.session, live.session.id) };
  }),

  /** Where the caller is signed in: each device, and which of them is this one. Ids, never tokens. */
  sessions: currentProcedure.output(sessionInfos).query(({ ctx }) => ownSessions(ctx.auth.deps, ctx.auth.who)),

  /** Ends one of the caller's sessions, and its refresh tokens. */
  revokeSession: ownCredentialProcedure
    .input(sessionIdInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const done = await revokeSession(ctx.auth.deps, ctx.auth.who, input);
      if (input.id === ctx.session.id) ctx.auth.carrier.clear();
      return done;
    }),

  /** Ends all of the caller's sessions but this one; how many there were. */
  revokeOtherSessions: ownCredentialProcedure
    .input(noInput)
    .output(revokedCount)
    .mutation(({ ctx }) => revokeOtherSessions(ctx.auth.deps, ctx.auth.who)),

  /** Confirms the caller's password ("step-up"), which some calls want to have been given a short time ago. */
  reauthenticate: ownCredentialProcedure
    .errors(refusedWith("WRONG_PASSWORD"))
    .input(ownPasswordInput)
    .use(({ ctx, next }) => countOwnPasswordTry(ctx.auth, ctx.auth.who, next))
    .output(reauthenticated)
    .mutation(({ ctx, input }) => reauthenticate(ctx.auth.deps, ctx.auth.who, input)),

  /** Exchanges a refresh token for its successor and a new access token. A retry gets the same successor. */
  refreshToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(refreshTokenInput)
    .output(tokens)
    .mutation(({ ctx, input }) => refresh(ctx.auth.deps, ctx.auth.who, input)),

  /** Tells whose access token this is and until when. Refresh tokens are not told apart from rubbish. */
  verifyToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED"))
    .input(verifyTokenInput)
    .output(verifiedToken)
    .mutation(({ ctx, input }) => verifyToken(ctx.auth.deps, ctx.auth.who, input)),

  /** Ends the session of a refresh token; to have the token is enough. */
  revokeToken: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID"))
    .input(refreshTokenInput)
    .output(revoked)
    .mutation(({ ctx, input }) => revokeToken(ctx.auth.deps, ctx.auth.who, input)),

  /** The settings that sign-in and sign-up forms need. */
  config: publicProcedure.output(publicConfig).query(({ ctx }) => publicConfigOf(ctx.auth.deps)),
};

/** What `login` does with its input, the counting of guesses included; for procedures of an app's own, which may take more. */
export async function answerLogin(auth: AuthContext, input: LoginInput): Promise<SignIn> {
  const { deps, who, carrier } = auth;
  const name = typedName(input);
  const { answer } = await countPasswordTry(auth, name, async () => {
    const isKnownDevice = carrier.knownDevice(name) !== null;
    return { ok: true, answer: carrier.deliver(await login(deps, { ...who, isKnownDevice }, input)) };
  });
  return answer;
}
