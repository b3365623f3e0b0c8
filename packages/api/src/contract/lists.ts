// Each list once; its union is taken from it, so that a forgotten member does not compile anywhere.

export const eventKinds = [
  "user.registered",
  "user.verified",
  "user.updated",
  "user.archived",
  "user.unarchived",
  "user.deactivated",
  "user.deleted",
  "session.started",
  "session.ended",
  "sessions.ended",
  "session.reauthenticated",
  "identity.connected",
  "identity.disconnected",
  "password.changed",
  "password.reset",
  "password.set",
  "email.change_requested",
  "email.changed",
  "email.restored",
  "email.released",
  "login.failed",
  "registration.repeated",
  "refresh.reused",
  "refresh.shared",
] as const;

export const secretPurposes = [
  "verify_email",
  "reset_password",
  "set_password",
  "change_email",
  "undo_email_change",
] as const;

export const socialWays = ["code", "accessToken", "idToken", "oauth1"] as const;

/** What a round trip to a provider is for. */
export const socialPurposes = ["login", "connect", "reauthenticate"] as const;

export const loginFields = ["email", "username"] as const;

export const registrationFields = ["email", "username", "password", "firstName", "lastName"] as const;

export const updatableFields = ["username", "firstName", "lastName"] as const;
