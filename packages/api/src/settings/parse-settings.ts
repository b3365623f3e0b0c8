import { z } from "zod";
import { maxSessions } from "../contract/bounds.js";
import { loginFields, registrationFields, updatableFields } from "../contract/lists.js";
import type { RegistrationField } from "../contract/types.js";
import { linkPages } from "../mail/links.js";
import { mailLanguages } from "../mail/wording.js";
import { settingFaults } from "./setting-faults.js";
import type { Settings, SettingsInput } from "./settings.js";

/** Fills in the defaults. Throws an `Error` with one sentence for each fault, naming the setting. */
export function parseSettings(input: SettingsInput): Settings {
  const parsed = settingsSchema.safeParse(input);
  const faults = parsed.success
    ? contradictions(parsed.data)
    : settingFaults(parsed.error.issues, { alone: [], groups: knownOptions });
  if (!parsed.success || faults.length > 0) throw new Error(faults.join("\n"));
  return parsed.data;
}

/** One sentence for each pair of settings that contradict each other. */
export function contradictions(settings: Settings): string[] {
  return rules.filter(([isBroken]) => isBroken(settings)).map(([, sentence]) => sentence);
}

const requires = ({ registration }: Settings, field: RegistrationField) => registration.required.includes(field);

/** Settings that are valid on their own but contradict each other. */
const rules: [isBroken: (settings: Settings) => boolean, sentence: string][] = [
  [
    (all) => !all.login.fields.some((field) => requires(all, field)),
    "Setting `registration.required` must have one of `login.fields`, or nobody who registers can sign in.",
  ],
  [
    (all) => !requires(all, "password") && !requires(all, "email"),
    "Setting `registration.required` without `password` must have `email`: the link to choose a password is mailed.",
  ],
  [
    (all) => all.registration.verification === "mandatory" && !requires(all, "email"),
    'Setting `registration.verification: "mandatory"` needs `email` in `registration.required`: there is no other way to verify.',
  ],
  [
    ({ registration }) => registration.verification === "none" && registration.signInOnVerification,
    'Setting `registration.signInOnVerification` has no effect with `registration.verification: "none"`.',
  ],
  [
    ({ registration }) => registration.verification === "none" && registration.unverifiedDays !== null,
    'Setting `registration.unverifiedDays` with `registration.verification: "none"` would delete every account.',
  ],
  [
    ({ password }) => password.minLength > password.maxLength,
    "Setting `password.minLength` must not be more than `password.maxLength`.",
  ],
  [
    ({ user }) => user.usernameMinLength > user.usernameMaxLength,
    "Setting `user.usernameMinLength` must not be more than `user.usernameMaxLength`.",
  ],
  [
    ({ session }) => session.idleDays > session.absoluteDays,
    "Setting `session.idleDays` must not be more than `session.absoluteDays`.",
  ],
  [
    ({ registration, tokens }) => (registration.unverifiedDays ?? Number.POSITIVE_INFINITY) * 24 < tokens.verifyHours,
    "Setting `registration.unverifiedDays` must not end before a verification link does (`tokens.verifyHours`).",
  ],
  [
    (all) => !requires(all, "password") && (all.registration.unverifiedDays ?? 365) * 24 < all.tokens.setPasswordHours,
    "Setting `registration.unverifiedDays` must not end before the link to a first password does (`tokens.setPasswordHours`).",
  ],
];

const path = z.string().regex(/^\/(?![/\\])/, { error: "a path of the front end begins with one slash" });

const domainPattern = /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;
const domainRule = { error: "a domain that is yours, in lower case, like example.com" };

const pepperId = /^[\w-]{8}$/;

const upTo = (max: number, fallback: number) => z.number().positive().max(max).default(fallback);
const count = (fallback: number) => z.int().min(1).max(1_000_000).default(fallback);

/** The valid values of each setting, and its default. */
export const settingsSchema = z.object({
  login: z
    .strictObject({
      fields: z
        .array(z.enum(loginFields))
        .min(1)
        .default([...loginFields]),
    })
    .prefault({}),
  registration: z
    .strictObject({
      open: z.boolean().default(true),
      required: z.array(z.enum(registrationFields)).default(["email", "password"]),
      optional: z.array(z.enum(registrationFields)).default([...registrationFields]),
      verification: z.enum(["none", "optional", "mandatory"]).default("optional"),
      signInOnVerification: z.boolean().default(false),
      unverifiedDays: z.number().positive().max(3650).nullable().default(null),
    })
    .prefault({}),
  password: z
    .strictObject({
      minLength: z.int().min(1).max(128).default(8),
      maxLength: z.int().min(64).max(1024).default(256),
      refuseNumeric: z.boolean().default(true),
      refuseSimilar: z.boolean().default(true),
      requireConfirmation: z.boolean().default(false),
      requireCurrent: z.boolean().default(true),
      bcryptCost: z.int().min(4).max(16).default(12),
      pepper: z.string().min(16).optional(),
      previousPeppers: z.array(z.string().min(16)).optional(),
      lostPeppers: z.array(z.string().regex(pepperId, { error: "the id of a pepper has 8 characters" })).optional(),
    })
    .prefault({}),
  user: z
    .strictObject({
      updatable: z.array(z.enum(updatableFields)).default([...updatableFields]),
      deletion: z.enum(["delete", "deactivate"]).default("delete"),
      usernameMinLength: z.int().min(1).max(64).default(1),
      usernameMaxLength: z.int().min(1).max(64).default(64),
      usernamePattern: z.instanceof(RegExp).nullable().default(null),
      reservedUsernames: z.array(z.string().trim().min(1)).default([]),
      lowercaseUsernames: z.boolean().default(false),
      eventDays: upTo(3650, 365),
    })
    .prefault({}),
  session: z
    .strictObject({
      absoluteDays: upTo(3650, 30),
      idleDays: upTo(3650, 14),
      shortHours: upTo(720, 12),
      freshMinutes: upTo(1440, 10),
      signOutOnPasswordChange: z.boolean().default(false),
      maxPerAccount: z.int().min(1).max(maxSessions).default(100),
      cookieDomain: z.string().trim().regex(domainPattern, domainRule).nullable().default(null),
      sameSite: z.enum(["strict", "lax", "none"]).default("lax"),
    })
    .prefault({}),
  tokens: z
    .strictObject({
      accessMinutes: upTo(60, 5),
      refreshDays: upTo(3650, 90),
      refreshIdleDays: upTo(3650, 30),
      refreshGraceHours: z.number().min(0).max(168).default(24),
      statelessAccess: z.boolean().default(false),
      verifyHours: upTo(720, 24),
      resetMinutes: upTo(1440, 60),
      setPasswordHours: upTo(720, 168),
      changeEmailHours: upTo(720, 24),
    })
    .prefault({}),
  mail: z
    .strictObject({
      appName: z.string().trim().min(1).max(60).default("Keywright"),
      language: z.enum(mailLanguages).default("en"),
      paths: z.partialRecord(z.enum(linkPages), path).default({}),
      signInNotices: z.boolean().default(true),
      pollMs: z.int().min(10).max(60_000).default(1000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      passwordTriesPerAccount: count(10),
      passwordWindowMinutes: upTo(1440, 15),
      mailsPerAddressPerHour: count(5),
      changesPerAccountPerHour: count(120),
      signInsPerIpPerMinute: count(120),
      registrationsPerIpPerMinute: count(120),
      mailsPerIpPerMinute: count(60),
      tokenCallsPerIpPerMinute: count(600),
    })
    .prefault({}),
  social: z
    .strictObject({
      returnTo: z.array(z.string()).max(50).default([]),
      linkVerifiedEmails: z.boolean().default(false),
      keepTokens: z.boolean().default(false),
    })
    .prefault({}),
  hooks: z
    .strictObject({
      timeoutMs: z.int().min(10).max(60_000).default(5000),
      gateFailure: z.enum(["closed", "open"]).default("closed"),
    })
    .prefault({}),
}) satisfies z.ZodType<Settings>;

/** The options of each group, to suggest the intended name for a misspelled one. */
export const knownOptions: Record<string, string[]> = Object.fromEntries(
  Object.entries(settingsSchema.shape).map(([group, schema]) => [group, Object.keys(schema.unwrap().shape)]),
);
