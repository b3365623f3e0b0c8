import { z } from "zod";
import type { LoginField, RegistrationField } from "./types.js";

const days = (fallback: number) => z.number().positive().max(3650).default(fallback);
const count = (fallback: number) => z.int().min(1).max(1_000_000).default(fallback);

const loginSettings = z.strictObject({
  /** Which names an account can sign in with. */
  fields: z
    .array(z.enum(["email", "username"] satisfies LoginField[]))
    .min(1)
    .default(["email", "username"]),
  /** Whether an account can sign in before its e-mail address is verified. */
  allowUnverified: z.boolean().default(true),
});

const registrationSettings = z.strictObject({
  open: z.boolean().default(true),
  /** Fields that must be given; the others may be. */
  required: z
    .array(
      z.enum([
        "email",
        "username",
        "password",
        "confirmPassword",
        "firstName",
        "lastName",
      ] satisfies RegistrationField[]),
    )
    .default(["email", "password"]),
  /** Whether to send the verification mail. */
  sendVerification: z.boolean().default(true),
  /** Whether following the verification link signs in. */
  signInOnVerification: z.boolean().default(false),
});

const passwordSettings = z.strictObject({
  /** Code points. NIST recommends 15. */
  minLength: z.int().min(1).max(128).default(8),
  maxLength: z.int().min(64).max(1024).default(256),
  refuseNumeric: z.boolean().default(true),
  refuseSimilar: z.boolean().default(true),
  /** Base-2 logarithm of bcrypt's rounds; less than 10 is for tests. */
  bcryptCost: z.int().min(4).max(16).default(12),
  /** A secret kept outside of the database, mixed into every hash. */
  pepper: z.string().min(16).optional(),
});

const sessionSettings = z.strictObject({
  /** A session ends so long after sign-in, however much it is used. */
  absoluteDays: days(30),
  /** A session ends when it was not used for so long. */
  idleDays: days(14),
  /** Length of a session that is not to be remembered. */
  shortHours: z.number().positive().max(720).default(12),
  /** For so long after a password was given, calls that need recent authentication are let through. */
  freshMinutes: z.number().positive().max(1440).default(10),
});

const tokenSettings = z.strictObject({
  accessMinutes: z.number().positive().max(60).default(5),
  refreshDays: days(90),
  /** For so long, or until the successor is used, a repeated refresh gets the same successor. */
  refreshGraceSeconds: z.number().min(0).max(3600).default(60),
  verifyHours: z.number().positive().max(720).default(24),
  resetMinutes: z.number().positive().max(1440).default(60),
});

const mailSettings = z.strictObject({
  appName: z.string().min(1).max(60).default("Keywright"),
  /** How often a mail is tried before it is a dead letter. */
  mostAttempts: count(12),
  /** How often the worker looks for mail that another instance has queued. */
  pollMs: z.int().min(10).max(60_000).default(1000),
});

const limitSettings = z.strictObject({
  passwordTriesPerAccount: count(10),
  passwordWindowMinutes: z.number().positive().max(1440).default(15),
  mailsPerAddressAnHour: count(5),
  signInsPerIpAMinute: count(120),
  registrationsPerIpAMinute: count(120),
  mailsPerIpAMinute: count(60),
  tokenCallsPerIpAMinute: count(600),
});

const settingsSchema = z.strictObject({
  login: loginSettings.prefault({}),
  registration: registrationSettings.prefault({}),
  password: passwordSettings.prefault({}),
  session: sessionSettings.prefault({}),
  tokens: tokenSettings.prefault({}),
  mail: mailSettings.prefault({}),
  limits: limitSettings.prefault({}),
});

/** The settings as an app writes them: every one has a default. */
export interface SettingsInput {
  login?: z.input<typeof loginSettings>;
  registration?: z.input<typeof registrationSettings>;
  password?: z.input<typeof passwordSettings>;
  session?: z.input<typeof sessionSettings>;
  tokens?: z.input<typeof tokenSettings>;
  mail?: z.input<typeof mailSettings>;
  limits?: z.input<typeof limitSettings>;
}

export type Settings = z.output<typeof settingsSchema>;

/** Fills in the defaults. Throws an `Error` with one sentence for each fault, naming the setting. */
export function parseSettings(input: SettingsInput): Settings {
  const parsed = settingsSchema.safeParse(input);
  const faults = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map((issue) => `Setting \`${issue.path.join(".")}\`: ${issue.message}.`);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return settingsSchema.parse(input);
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
