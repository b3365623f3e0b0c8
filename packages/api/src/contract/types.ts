import type {
  eventKinds,
  loginFields,
  registrationFields,
  secretPurposes,
  socialWays,
  updatableFields,
} from "./lists.js";

// The public shapes. They import lists of names only, so that a client's declarations stay as small as this page.

/** An account as its owner sees it. */
export interface User {
  id: string;
  username: string | null;
  email: string | null;
  emailVerified: boolean;
  firstName: string;
  lastName: string;
  archived: boolean;
  /** False if the account signs in by other means only, or has yet to choose a password. */
  hasPassword: boolean;
  createdAt: Date;
  lastLoginAt: Date | null;
}

/** A signed-in device. The id names the session; it does not open it. */
export interface SessionInfo {
  id: string;
  createdAt: Date;
  /** Accurate to the hour. */
  lastSeenAt: Date;
  expiresAt: Date;
  ip: string | null;
  userAgent: string | null;
  deviceName: string | null;
  /** Whether this is the caller's session. */
  current: boolean;
}

/** What a bearer client holds: the access token in memory, the refresh token in its secure store. */
export interface Tokens {
  accessToken: string;
  accessExpiresAt: Date;
  refreshToken: string;
  refreshExpiresAt: Date;
}

/** The answer to every kind of sign-in. Switch on `status`: a later second factor will add one. */
export interface SignIn {
  status: "signed_in";
  user: User;
  session: SessionInfo;
  /** Null on the cookie transport. */
  tokens: Tokens | null;
  /** Whether this sign-in restored an archived account. */
  unarchived: boolean;
}

/** The answer to a registration that must be verified by mail before signing in. */
export interface VerificationSent {
  status: "verification_sent";
}

export interface Verified {
  status: "verified";
}

export interface CurrentSession {
  user: User;
  session: SessionInfo;
}

/** What a valid access token says. */
export interface VerifiedToken {
  kind: "access";
  userId: string;
  sessionId: string;
  expiresAt: Date;
}

/** What a mailed link is for. */
export interface CheckedSecret {
  purpose: SecretPurpose;
  /** Masked: `a•••@example.com`. */
  email: string;
}

export type SecretPurpose = (typeof secretPurposes)[number];

export type LoginField = (typeof loginFields)[number];

/** The settings that a front end needs to draw its forms. */
export interface PublicConfig {
  loginFields: LoginField[];
  registrationOpen: boolean;
  registrationRequires: RegistrationField[];
  registrationAccepts: RegistrationField[];
  /** Whether an account can sign in before its e-mail address is verified. */
  unverifiedLogin: boolean;
  passwordRules: {
    /** In code points, as are all lengths here. */
    minLength: number;
    maxLength: number;
    refusesCommon: boolean;
    refusesNumeric: boolean;
    refusesSimilar: boolean;
    /** Whether the password must be given twice. */
    confirmed: boolean;
  };
  providers: { id: string; name: string }[];
  factors: string[];
}

export type RegistrationField = (typeof registrationFields)[number];
export type UpdatableField = (typeof updatableFields)[number];

/**
 * What can happen to an account. `email.restored`: an e-mail change was undone. `email.released`: somebody else verified
 * the address, which this account never had. `registration.repeated`: somebody tried to register its address, and was
 * not told that it is taken.
 */
export type EventKind = (typeof eventKinds)[number];

/** One thing that happened to the caller's account. */
export interface UserEvent {
  id: string;
  kind: EventKind;
  at: Date;
  ip: string | null;
  userAgent: string | null;
}

export interface UserEvents {
  /** Newest first. */
  events: UserEvent[];
  /** For the next page's `after`; null on the last. */
  next: string | null;
}

/** What is kept about an account. */
export interface UserExport {
  user: User & Kept;
  sessions: (SessionInfo & Kept)[];
  identities: (SocialAccount & Kept)[];
  /** The newest. */
  events: (UserEvent & Kept)[];
  /** For the `after` of `user.events`. */
  next: string | null;
  /** Yet to be sent. */
  mails: Kept[];
}
/** More of it, as the OpenAPI document lists it. */
type Kept = Record<string, unknown>;

export interface DeletionOutcome {
  outcome: "deleted" | "deactivated";
}

export interface SignedOut {
  status: "signed_out";
}

/** Ways to sign in with a provider: the redirect, or an SDK's token; with `oauth1` it has a secret. */
export type SocialWay = (typeof socialWays)[number];

export interface SocialProvider {
  id: string;
  /** For a button. */
  name: string;
  accepts: SocialWay[];
}

/** A sign-in with a provider. */
export interface SocialSignIn extends SignIn {
  /** Whether this sign-in created the account. */
  created: boolean;
}

/** The answer to a first sign-in with a provider that did not give everything that the app requires. */
export interface RegistrationIncomplete {
  status: "registration_incomplete";
  missing: RegistrationField[];
  /** For `social.complete`, once. */
  ticket: string;
}

/** A provider that an account can sign in with. */
export interface SocialAccount {
  id: string;
  /** As in `social.providers`. */
  provider: string;
  /** As the provider gave it when it was connected. */
  email: string | null;
  connectedAt: Date;
  lastUsedAt: Date;
}

/** The answer when there is nothing to say. */
export type Nothing = Record<never, never>;
