import { loginInput, logoutInput, refreshTokenInput, verifyTokenInput } from "../inputs/auth.js";
import { currentSession, nothing, publicConfig, revoked, signIn, tokens, verifiedToken } from "../outputs.js";
import { login, typedName } from "../services/login.js";
import { logout } from "../services/logout.js";
import { publicConfigOf } from "../services/public-config.js";
import { refresh, revokeToken, verifyToken } from "../services/tokens.js";
import {
  countPasswordTry,
  credentialProcedure,
  ownCredentialProcedure,
  publicProcedure,
  refusedWith,
} from "../trpc.js";
import { toSessionInfo, toUser } from "../views.js";

export const authRouter = {
  /** Signs in with a username or an e-mail address and a password. An archived account comes back by it. */
  login: credentialProcedure("signInsPerIp")
    .errors(refusedWith("INVALID_CREDENTIALS", "EMAIL_NOT_VERIFIED", "ACCOUNT_DISABLED"))
    .input(loginInput)
    .use(({ ctx, input, next }) => countPasswordTry(ctx.auth, typedName(input), next))
    .output(signIn)
    .mutation(async ({ ctx, input }) => ctx.auth.carrier.deliver(await login(ctx.auth.deps, ctx.auth.who, input))),

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
