export { type Connection, connect, type UserRow } from "@keywright/db";
export { defineConfig, type KeywrightConfig, type ServerConfig } from "./config.js";
export type { AuthContext, Carrier, KeywrightContext } from "./context.js";
export type { BaseShape, ReasonShape } from "./contract/error-shape.js";
export type * from "./contract/input-types.js";
export type {
  AuthProcedures,
  AuthRouter,
  AuthRouters,
  Facts as ProcedureFacts,
  Io as ProcedureIo,
  PasswordProcedures,
  RegistrationProcedures,
  SocialProcedures,
  UserProcedures,
} from "./contract/procedures.js";
export type * from "./contract/public.js";
export { fieldError, KeywrightError } from "./contract/reasons.js";
export type { Authenticate, Deps, Extensions } from "./deps.js";
export type { EventListener, KeywrightEvent } from "./events.js";
export type { Gate, GateAnswer, GateCall, GatedInput, GateInputs, GateRefusal } from "./gate.js";
export { transportLimits } from "./http/caps.js";
export { createFetchHandler, type FetchHandlerOptions } from "./http/fetch-handler.js";
export { createNodeHandler, type NodeHandlerOptions } from "./http/node-handler.js";
export { type FetchHandler, toNodeListener } from "./http/node-listener.js";
export type { ActionCookie, ActionCookies, ActionInput, PageHeaders } from "./http/page-context.js";
export type { AdapterInput, CallInfo, FastifyInput, FetchInput, NodeInput } from "./http/request.js";
export { loginInput } from "./inputs/auth.js";
export { changePasswordInput, resetInput } from "./inputs/password.js";
export type { Person } from "./inputs/person.js";
export type { ProfileSchema } from "./inputs/profile-fields.js";
export { type Registration, registerInput } from "./inputs/registration.js";
export { type UserUpdate, updateInput } from "./inputs/user.js";
export { createKeywright, type Keywright } from "./keywright.js";
export { type LazyKeywright, lazyKeywright } from "./lazy-keywright.js";
export { type ErrorSummary, type Log, type LogEntry, logToStandardError, summarize } from "./log.js";
export { type BuildLink, type LinkPage, type LinkToBuild, linkPages } from "./mail/links.js";
export {
  type Mail,
  type Mailer,
  type MailFailure,
  type MailFailureKind,
  type MailKind,
  type MailLanguage,
  type MailToRender,
  mailFailure,
  type RenderedMail,
  type RenderMail,
} from "./mail/mail.js";
export { createMailbox, type Mailbox, type MailboxEntry } from "./mail/mailbox.js";
export { createSmtpMailer, type SmtpSettings } from "./mail/smtp.js";
export { renderMail } from "./mail/templates.js";
export { type OpenApiOptions, openApiDocument } from "./openapi/document.js";
export type { OpenApiDocument } from "./openapi/document-types.js";
export type { PasswordHasher } from "./passwords/own-hasher.js";
export { createPasswords, type PasswordOptions, type Passwords } from "./passwords/passwords.js";
export type { PasswordOwner, PasswordRule } from "./passwords/policy.js";
export { type AppleOptions, apple } from "./providers/apple.js";
export {
  fetchJson as fetchProviderJson,
  type ProviderCall,
  refused as providerRefused,
  unavailable as providerUnavailable,
} from "./providers/call-provider.js";
export { type DiscordOptions, discord } from "./providers/discord.js";
export { type FacebookOptions, facebook } from "./providers/facebook.js";
export { type GitHubOptions, github } from "./providers/github.js";
export { type GitLabOptions, gitlab } from "./providers/gitlab.js";
export { type GoogleOptions, google } from "./providers/google.js";
export { type LinkedInOptions, linkedin } from "./providers/linkedin.js";
export { type MicrosoftOptions, microsoft } from "./providers/microsoft.js";
export { createOAuth2Provider, type OAuth2Traits } from "./providers/oauth2-provider.js";
export type { OidcClaims } from "./providers/oidc-claims.js";
export { createOidcProvider, type OidcOptions, type OidcTraits } from "./providers/oidc-provider.js";
export { type OpenIdConnectOptions, openIdConnect } from "./providers/open-id-connect.js";
export type {
  AuthorizationRequest,
  CodeGrant,
  Provider,
  ProviderIdentity,
  ProviderOptions,
  ProviderTokens,
} from "./providers/provider.js";
export { type SlackOptions, slack } from "./providers/slack.js";
export { type SpotifyOptions, spotify } from "./providers/spotify.js";
export { type TwitchOptions, twitch } from "./providers/twitch.js";
export { type TwitterOptions, twitter } from "./providers/twitter.js";
export { answerLogin } from "./routers/auth.js";
export { authRouters } from "./routers/index.js";
export { mountAuth } from "./routers/mount.js";
export { type ProfileRouters, type ProfileUpdate, type ProfileUser, profileRouters } from "./routers/profile.js";
export { answerRegistration } from "./routers/registration.js";
export { authenticateByPassword, login } from "./services/auth/login.js";
export { logout } from "./services/auth/logout.js";
export { type Reauthenticated, reauthenticate, reauthenticateByProvider } from "./services/auth/reauthenticate.js";
export { ownSessions, revokeOtherSessions, revokeSession } from "./services/auth/session-list.js";
export { refresh, revokeToken, verifyToken } from "./services/auth/tokens.js";
export type { MailListInput, MailOutcome, MailPage, MailState, Mails, OutgoingMail } from "./services/mails.js";
export { changePassword } from "./services/password/password-change.js";
export { requestPasswordReset, resetPassword } from "./services/password/password-reset.js";
export { setPassword } from "./services/password/password-set.js";
export { provideUser } from "./services/provide-user.js";
export { resendVerification, verifyEmail } from "./services/registration/email-verification.js";
export { register } from "./services/registration/registration.js";
export { checkToken } from "./services/secrets.js";
export { connectIdentity, disconnectIdentity, ownIdentities } from "./services/social/connections.js";
export { type FlowCookie, startSocial } from "./services/social/flow.js";
export { identify, type SocialProof } from "./services/social/identify.js";
export type { Newcomer, SocialOutcome } from "./services/social/outcome.js";
export { newcomerOf, type SignInChoices, signInWithIdentity } from "./services/social/sign-in.js";
export type { StartedSession } from "./services/start-session.js";
export { archiveAccount } from "./services/user/archive.js";
export { deleteAccount } from "./services/user/delete-account.js";
export { confirmEmailChange, requestEmailChange, undoEmailChange } from "./services/user/email-change.js";
export { ownEvents } from "./services/user/user-events.js";
export { exportUser } from "./services/user/user-export.js";
export { updateUser } from "./services/user/user-update.js";
export { toUser } from "./services/views.js";
export type { DeviceMark, MarkedAccount } from "./sessions/device-mark.js";
export type { LiveSession } from "./sessions/sessions.js";
export type { SettingsInput } from "./settings/settings.js";
export type { AccessTokens } from "./tokens/access-tokens.js";
export { jwtTokens } from "./tokens/jwt.js";
export { opaqueTokens } from "./tokens/opaque.js";
export { rotatingTokens } from "./tokens/rotating-tokens.js";
export type {
  AccessClaims,
  CreateTokenManager,
  IssuedTokens,
  RefreshOutcome,
  RefreshWork,
  TokenManager,
  TokenStart,
  TokenSubject,
  TokenWork,
} from "./tokens/token-manager.js";
export {
  credentialProcedure,
  currentProcedure,
  freshProcedure,
  publicProcedure,
  userProcedure,
  verifiedProcedure,
} from "./trpc/builders.js";
export { errorFormatter, type FormatterInput, refusedWith } from "./trpc/error-shapes.js";
export { type Refusal, refusalOf } from "./trpc/refusals.js";
export { transformer, type WireTransformer } from "./trpc/transformer.js";
export type { Actor, Visitor } from "./who.js";
