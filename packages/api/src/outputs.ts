import { z } from "zod";
import type {
  CheckedSecret,
  CurrentSession,
  Nothing,
  PublicConfig,
  SessionInfo,
  SignIn,
  Tokens,
  User,
  VerificationSent,
  Verified,
  VerifiedToken,
} from "./types.js";

export const nothing = z.strictObject({}) satisfies z.ZodType<Nothing>;

export const user = z.strictObject({
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
}) satisfies z.ZodType<User>;

export const sessionInfo = z.strictObject({
  id: z.string(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  deviceName: z.string().nullable(),
  current: z.boolean(),
}) satisfies z.ZodType<SessionInfo>;

export const tokens = z.strictObject({
  accessToken: z.string(),
  accessExpiresAt: z.date(),
  refreshToken: z.string(),
  refreshExpiresAt: z.date(),
}) satisfies z.ZodType<Tokens>;

export const signIn = z.strictObject({
  status: z.literal("signed_in"),
  user,
  session: sessionInfo,
  tokens: tokens.nullable(),
  unarchived: z.boolean(),
}) satisfies z.ZodType<SignIn>;

const verificationSent = z.strictObject({
  status: z.literal("verification_sent"),
}) satisfies z.ZodType<VerificationSent>;

const verified = z.strictObject({ status: z.literal("verified") }) satisfies z.ZodType<Verified>;

export const registered = z.discriminatedUnion("status", [signIn, verificationSent]) satisfies z.ZodType<
  SignIn | VerificationSent
>;

export const verifiedOrSignedIn = z.discriminatedUnion("status", [verified, signIn]) satisfies z.ZodType<
  Verified | SignIn
>;

export const currentSession = z
  .strictObject({ user, session: sessionInfo })
  .nullable() satisfies z.ZodType<CurrentSession | null>;

export const verifiedToken = z.strictObject({
  kind: z.literal("access"),
  userId: z.string(),
  sessionId: z.string(),
  expiresAt: z.date(),
}) satisfies z.ZodType<VerifiedToken>;

export const revoked = z.strictObject({ revokedAt: z.date() }) satisfies z.ZodType<{ revokedAt: Date }>;

export const checkedSecret = z.strictObject({
  purpose: z.enum(["verify_email", "reset_password", "set_password"]),
  email: z.string(),
}) satisfies z.ZodType<CheckedSecret>;

export const publicConfig = z.strictObject({
  loginFields: z.array(z.enum(["email", "username"])),
  registrationOpen: z.boolean(),
  registrationRequires: z.array(z.enum(["email", "username", "password", "confirmPassword", "firstName", "lastName"])),
  unverifiedLogin: z.boolean(),
  passwordRules: z.strictObject({
    minLength: z.number(),
    maxLength: z.number(),
    refusesCommon: z.boolean(),
    refusesNumeric: z.boolean(),
    refusesSimilar: z.boolean(),
  }),
  providers: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  factors: z.array(z.string()),
}) satisfies z.ZodType<PublicConfig>;
