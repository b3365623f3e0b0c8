import { z } from "zod";
import type { Settings, SettingsInput } from "./settings.js";
import type { LoginField, RegistrationField } from "./types.js";

/** Fills in the defaults. Throws an `Error` with one sentence for each fault, naming the setting. */
export function parseSettings(input: SettingsInput): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) {
    throw new Error(
      parsed.error.issues.map((issue) => `Setting \`${issue.path.join(".")}\`: ${issue.message}.`).join("\n"),
    );
  }
  const faults = contradictions(parsed.data);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return parsed.data;
}

function contradictions({ login, registration, password }: Settings): string[] {
  const requires = (field: RegistrationField) => registration.required.includes(field);
  const rules: [isBroken: boolean, sentence: string][] = [
    [
      !login.fields.some((field) => requires(field)),
      "Setting `registration.required` must have one of `login.fields`, or nobody who registers can sign in.",
    ],
    [
      !requires("password"),
      "Setting `registration.required` must have `password`: registration without a password is not available yet.",
    ],
    [
      !login.allowUnverified && !requires("email"),
      "Setting `login.allowUnverified: false` needs `email` in `registration.required`: there is no other way to verify.",
    ],
    [
      !login.allowUnverified && !registration.sendVerification,
      "Setting `login.allowUnverified: false` needs `registration.sendVerification`, or nobody can ever verify.",
    ],
    [
      password.minLength > password.maxLength,
      "Setting `password.minLength` must not be more than `password.maxLength`.",
    ],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence);
}

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
const settingsSchema = z.object({
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
