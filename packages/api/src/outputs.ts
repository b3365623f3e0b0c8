import { z } from "zod";
import {
  maxEvents,
  maxExportedEvents,
  maxExportedMails,
  maxIdentities,
  maxProviders,
  maxSessions,
} from "./contract/bounds.js";
import { eventKinds, loginFields, registrationFields, secretPurposes, socialWays } from "./contract/lists.js";
import type {
  CheckedSecret,
  CurrentSession,
  DeletionOutcome,
  Nothing,
  PublicConfig,
  RegistrationIncomplete,
  SessionInfo,
  SignedOut,
  SignIn,
  SocialAccount,
  SocialProvider,
  SocialSignIn,
  Tokens,
  User,
  UserEvents,
  UserExport,
  VerificationSent,
  Verified,
  VerifiedToken,
} from "./contract/types.js";

/** Named types, so that a client's declarations say `User` instead of repeating its fields. */
type Output<T> = z.ZodType<T, T>;

/** No list without a bound: one of what the settings name, and one that each service keeps. */
const named = <T extends z.ZodType>(item: T) => z.array(item).max(maxProviders);

export const nothing: Output<Nothing> = z.strictObject({});

const userFields = {
  id: z.string(),
  username: z.string().nullable(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  firstName: z.string(),
  lastName: z.string(),
  archived: z.boolean(),
  hasPassword: z.boolean(),
  createdAt: z.date(),
  lastLoginAt: z.date().nullable(),
};

export const user: Output<User> = z.strictObject(userFields);

const sessionFields = {
  id: z.string(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  deviceName: z.string().nullable(),
  current: z.boolean(),
};

export const sessionInfo: Output<SessionInfo> = z.strictObject(sessionFields);

export const tokens: Output<Tokens> = z.strictObject({
  accessToken: z.string(),
  accessExpiresAt: z.date(),
  refreshToken: z.string(),
  refreshExpiresAt: z.date(),
});

const signInFields = {
  status: z.literal("signed_in"),
  user,
  session: sessionInfo,
  tokens: tokens.nullable(),
  unarchived: z.boolean(),
};

export const signIn: Output<SignIn> = z.strictObject(signInFields);

export const socialSignIn: Output<SocialSignIn> = z.strictObject({ ...signInFields, created: z.boolean() });

const verificationSent: Output<VerificationSent> = z.strictObject({ status: z.literal("verification_sent") });
const verified: Output<Verified> = z.strictObject({ status: z.literal("verified") });
export const registered: Output<SignIn | VerificationSent> = z.union([signIn, verificationSent]);

const registrationField = z.enum(registrationFields);

const registrationIncomplete: Output<RegistrationIncomplete> = z.strictObject({
  status: z.literal("registration_incomplete"),
  missing: named(registrationField),
  ticket: z.string(),
});

export const sociallySignedIn: Output<SocialSignIn | RegistrationIncomplete | VerificationSent> = z.union([
  socialSignIn,
  registrationIncomplete,
  verificationSent,
]);

export const completed: Output<SocialSignIn | VerificationSent> = z.union([socialSignIn, verificationSent]);

export const socialProviders: Output<SocialProvider[]> = named(
  z.strictObject({ id: z.string(), name: z.string(), accepts: named(z.enum(socialWays)) }),
);

const identityFields = {
  id: z.string(),
  provider: z.string(),
  email: z.string().nullable(),
  connectedAt: z.date(),
  lastUsedAt: z.date(),
};

export const socialAccount: Output<SocialAccount> = z.strictObject(identityFields);

export const socialAccounts: Output<SocialAccount[]> = z.array(socialAccount).max(maxIdentities);

export const authorization: Output<{ authorizationUrl: string }> = z.strictObject({ authorizationUrl: z.string() });

export const verifiedOrSignedIn: Output<Verified | SignIn> = z.union([verified, signIn]);

const signedOut: Output<SignedOut> = z.strictObject({ status: z.literal("signed_out") });
export const signInOrOut: Output<SignIn | SignedOut> = z.union([signIn, signedOut]);

export const sessionInfos: Output<SessionInfo[]> = z.array(sessionInfo).max(maxSessions);

export const revokedCount: Output<{ revoked: number }> = z.strictObject({ revoked: z.number() });

export const reauthenticated: Output<{ authenticatedAt: Date }> = z.strictObject({ authenticatedAt: z.date() });

export const deletionOutcome: Output<DeletionOutcome> = z.strictObject({ outcome: z.enum(["deleted", "deactivated"]) });

const origin = { at: z.date(), ip: z.string().nullable(), userAgent: z.string().nullable() };
const eventFields = { id: z.string(), kind: z.enum(eventKinds), ...origin };
const next = z.string().nullable();

const events = z.array(z.strictObject(eventFields)).max(maxEvents);

export const userEvents: Output<UserEvents> = z.strictObject({ events, next });

const exportedUser = {
  ...userFields,
  emailVerifiedAt: z.date().nullable(),
  passwordSetAt: z.date().nullable(),
  profile: z.record(z.string(), z.unknown()),
};
const exportedSession = { ...sessionFields, authenticatedAt: z.date(), endsAt: z.date(), remembered: z.boolean() };
const exportedIdentity = { ...identityFields, issuer: z.string(), subject: z.string() };
const exportedEvent = { ...eventFields, sessionId: z.string().nullable() };
const exportedMail = { kind: z.string(), to: z.string(), ...origin };

export const userExport: Output<UserExport> = z.strictObject({
  user: z.strictObject(exportedUser),
  sessions: z.array(z.strictObject(exportedSession)).max(maxSessions),
  identities: z.array(z.strictObject(exportedIdentity)).max(maxIdentities),
  events: z.array(z.strictObject(exportedEvent)).max(maxExportedEvents),
  next,
  mails: z.array(z.strictObject(exportedMail)).max(maxExportedMails),
});

export const currentSession: Output<CurrentSession | null> = z.strictObject({ user, session: sessionInfo }).nullable();

export const verifiedToken: Output<VerifiedToken> = z.strictObject({
  kind: z.literal("access"),
  userId: z.string(),
  sessionId: z.string(),
  expiresAt: z.date(),
});

export const revoked: Output<{ revokedAt: Date }> = z.strictObject({ revokedAt: z.date() });

export const checkedSecret: Output<CheckedSecret> = z.strictObject({
  purpose: z.enum(secretPurposes),
  email: z.string(),
});

export const publicConfig: Output<PublicConfig> = z.strictObject({
  loginFields: named(z.enum(loginFields)),
  registrationOpen: z.boolean(),
  registrationRequires: named(registrationField),
  registrationAccepts: named(registrationField),
  unverifiedLogin: z.boolean(),
  passwordRules: z.strictObject({
    minLength: z.number(),
    maxLength: z.number(),
    refusesCommon: z.boolean(),
    refusesNumeric: z.boolean(),
    refusesSimilar: z.boolean(),
    confirmed: z.boolean(),
  }),
  providers: named(z.strictObject({ id: z.string(), name: z.string() })),
  factors: named(z.string()),
});
