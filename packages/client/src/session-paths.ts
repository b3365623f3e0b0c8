// Made from the server's contract by `npm run generate`: change procedures.ts and session-effects.ts in packages/api/src/contract.

/** Mutations that nobody has to be signed in for: an expired session must not keep anybody from them. */
export const sessionlessPaths: readonly string[] = [
  "auth.login",
  "auth.refreshToken",
  "auth.verifyToken",
  "password.requestReset",
  "password.checkToken",
  "registration.register",
  "registration.resendVerification",
  "social.login",
  "social.complete",
  "auth.revokeToken",
  "password.reset",
  "password.set",
  "registration.verifyEmail",
  "user.confirmEmailChange",
  "user.undoEmailChange",
];

/** They may have ended the session, or changed what it says about the account. */
export const doubtfulPaths: readonly string[] = [
  "auth.revokeSession",
  "auth.revokeToken",
  "password.reset",
  "password.set",
  "registration.verifyEmail",
  "user.confirmEmailChange",
  "user.undoEmailChange",
];

/** Nobody is signed in after them, unless they answer with a sign-in. */
export const endingPaths: readonly string[] = [
  "auth.logout",
  "user.archive",
  "user.delete",
  "password.change",
];
