import { z } from "zod";
import type { Settings } from "./settings.js";
import type { LoginField, RegistrationField } from "./types.js";

const loginFields = ["email", "username"] as const satisfies LoginField[];
const registrationFields = [
  "email",
  "username",
  "password",
  "confirmPassword",
  "firstName",
  "lastName",
] as const satisfies RegistrationField[];

const upTo = (most: number, fallback: number) => z.number().positive().max(most).default(fallback);
const count = (fallback: number) => z.int().min(1).max(1_000_000).default(fallback);

/** What each setting may be, and what it is when it is not given. */
export const settingsSchema = z.object({
  login: z
    .strictObject({
      fields: z
        .array(z.enum(loginFields))
        .min(1)
        .default([...loginFields]),
      allowUnverified: z.boolean().default(true),
    })
    .prefault({}),
  registration: z
    .strictObject({
      open: z.boolean().default(true),
      required: z.array(z.enum(registrationFields)).default(["email", "password"]),
      sendVerification: z.boolean().default(true),
      signInOnVerification: z.boolean().default(false),
    })
    .prefault({}),
  password: z
    .strictObject({
      minLength: z.int().min(1).max(128).default(8),
      maxLength: z.int().min(64).max(1024).default(256),
      refuseNumeric: z.boolean().default(true),
      refuseSimilar: z.boolean().default(true),
      bcryptCost: z.int().min(4).max(16).default(12),
      pepper: z.string().min(16).optional(),
    })
    .prefault({}),
  session: z
    .strictObject({
      absoluteDays: upTo(3650, 30),
      idleDays: upTo(3650, 14),
      shortHours: upTo(720, 12),
      freshMinutes: upTo(1440, 10),
    })
    .prefault({}),
  tokens: z
    .strictObject({
      accessMinutes: upTo(60, 5),
      refreshDays: upTo(3650, 90),
      refreshGraceSeconds: z.number().min(0).max(3600).default(60),
      verifyHours: upTo(720, 24),
      resetMinutes: upTo(1440, 60),
    })
    .prefault({}),
  mail: z
    .strictObject({
      appName: z.string().min(1).max(60).default("Keywright"),
      mostAttempts: count(12),
      pollMs: z.int().min(10).max(60_000).default(1000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      passwordTriesPerAccount: count(10),
      passwordWindowMinutes: upTo(1440, 15),
      mailsPerAddressAnHour: count(5),
      signInsPerIpAMinute: count(120),
      registrationsPerIpAMinute: count(120),
      mailsPerIpAMinute: count(60),
      tokenCallsPerIpAMinute: count(600),
    })
    .prefault({}),
}) satisfies z.ZodType<Settings>;
