/** What each procedure does for its caller, by its path. */
export const descriptions: Record<string, string> = {
  "auth.login": "Signs in with a username or an e-mail address and a password. An archived account comes back by it.",
  "auth.logout": "Ends this session, or with `everywhere` all of the account's, and their refresh tokens.",
  "auth.session": "Who is signed in, and on which session; null for a visitor. Never refuses.",
  "auth.sessions": "Where the caller is signed in: each device, and which of them is this one. Ids, never tokens.",
  "auth.revokeSession": "Ends one of the caller's sessions, and its refresh tokens.",
  "auth.revokeOtherSessions": "Ends all of the caller's sessions but this one; how many there were.",
  "auth.reauthenticate":
    'Confirms the caller\'s password ("step-up"), which some calls want to have been given a short time ago.',
  "auth.refreshToken":
    "Exchanges a refresh token for its successor and a new access token. A retry gets the same successor.",
  "auth.verifyToken":
    "Tells whose access token this is and until when. Refresh tokens are not told apart from rubbish.",
  "auth.revokeToken": "Ends the session of a refresh token; to have the token is enough.",
  "auth.config": "The settings that sign-in and sign-up forms need.",
  "password.requestReset": "E-mails a reset link if the address has an account. The answer never tells whether it has.",
  "password.checkToken": "Tells what a mailed link is for, before a form is shown. Uses nothing up.",
  "password.reset": "Sets a new password with a mailed link. Ends every session of the account and signs nobody in.",
  "password.set": "Sets the first password of an account that has none, with a mailed link. Signs nobody in.",
  "password.change":
    "Changes the caller's password. Other devices are signed out; this one goes on with a new session and new tokens.",
  "user.me": "The caller's own account.",
  "user.update": "Changes the given fields of the caller's account. Which fields can be changed is a setting.",
  "user.events": "What happened to the caller's account, the newest first, page by page.",
  "user.requestEmailChange":
    "Mails a link to the new address; the address changes when it is followed. The answer never tells who has it.",
  "user.confirmEmailChange":
    "Gives the account the new address with the mailed link. Other sessions end; the old mailbox gets a link to undo it.",
  "user.undoEmailChange":
    "Gives the account its old address back, with the link that the old mailbox got. Every session ends.",
  "user.archive": "Puts the account to rest: every session ends, and the next login brings it back.",
  "user.delete": "Removes the account with all that belongs to it, or by a setting disables it.",
  "registration.register":
    "Creates an account and mails the verification link. Signs in where unverified accounts may sign in.",
  "registration.verifyEmail":
    "Proves the mailbox that the link was sent to. Mail scanners that follow links use nothing up: this is a POST.",
  "registration.resendVerification":
    "Mails a new verification link if the address has an account that needs one. The answer never tells.",
};
