export { type Connection, connect, type UserRow } from "@keywright/db";
export type { AuthContext, KeywrightContext } from "./context.js";
export type { AuthRouter } from "./contract.js";
export type { Authenticate, Deps, Extensions } from "./deps.js";
export type { BaseShape, ReasonShape } from "./error-shape.js";
export { fieldFault, KeywrightError } from "./errors.js";
export type { EventListener, KeywrightEvent } from "./events.js";
export { createFetchHandler, transportLimits } from "./http/fetch-handler.js";
export type { FetchInput, NodeInput } from "./http/request.js";
export type * from "./input-types.js";
export { loginInput } from "./inputs/auth.js";
export { changePasswordInput, resetInput } from "./inputs/password.js";
export type { Person } from "./inputs/person.js";
export { type Registration, registerInput } from "./inputs/registration.js";
export { type UserUpdate, updateInput } from "./inputs/user.js";
export { createKeywright, type Keywright, type KeywrightConfig } from "./keywright.js";
export { type BuildLink, type LinkPage, type LinkToBuild, linkPages } from "./links.js";
export { type Log, type LogEntry, logToStandardError, summarize } from "./log.js";
export type { Mail, Mailer, MailKind, MailLanguage, MailToRender, RenderedMail, RenderMail } from "./mail/mail.js";
export { createMailbox, type MailboxEntry } from "./mail/mailbox.js";
export { createSmtpMailer } from "./mail/smtp.js";
export { renderMail } from "./mail/templates.js";
export { mountAuth } from "./mount.js";
export { type OpenApiOptions, openApiDocument } from "./openapi/document.js";
export type { OpenApiDocument } from "./openapi/document-types.js";
export type { PasswordHasher } from "./passwords/own-hasher.js";
export { createPasswords, type Passwords } from "./passwords/passwords.js";
export type { PasswordOwner, PasswordRule } from "./passwords/policy.js";
export { type ProfileRouters, type ProfileUser, profileRouters } from "./profile.js";
export type * from "./public.js";
export { answerLogin } from "./routers/auth.js";
export { authRouters } from "./routers/index.js";
export { answerRegistration } from "./routers/registration.js";
export { archiveAccount } from "./services/archive.js";
export { deleteAccount } from "./services/delete-account.js";
export { confirmEmailChange, requestEmailChange, undoEmailChange } from "./services/email-change.js";
export { resendVerification, verifyEmail } from "./services/email-verification.js";
export { authenticateByPassword, login } from "./services/login.js";
export { logout } from "./services/logout.js";
export { changePassword } from "./services/password-change.js";
export { requestPasswordReset, resetPassword } from "./services/password-reset.js";
export { setPassword } from "./services/password-set.js";
export { provideUser } from "./services/provide-user.js";
export { reauthenticate } from "./services/reauthenticate.js";
export { register } from "./services/registration.js";
export { checkToken } from "./services/secrets.js";
export { ownSessions, revokeOtherSessions, revokeSession } from "./services/session-list.js";
export { refresh, revokeToken, verifyToken } from "./services/tokens.js";
export { ownEvents } from "./services/user-events.js";
export { updateUser } from "./services/user-update.js";
export type { SettingsInput } from "./settings.js";
export type { AccessTokens } from "./tokens/access-tokens.js";
export { jwtTokens } from "./tokens/jwt.js";
export { opaqueTokens } from "./tokens/opaque.js";
export { rotatingTokens } from "./tokens/rotating-tokens.js";
export type {
  AccessClaims,
  CreateTokenManager,
  RefreshOutcome,
  RefreshWork,
  TokenManager,
  TokenStart,
  TokenSubject,
  TokenWork,
} from "./tokens/token-manager.js";
export { transformer } from "./transformer.js";
export {
  credentialProcedure,
  currentProcedure,
  errorFormatter,
  freshProcedure,
  publicProcedure,
  refusedWith,
  userProcedure,
  verifiedProcedure,
} from "./trpc.js";
export { toUser } from "./views.js";
export type { Actor, Visitor } from "./who.js";
