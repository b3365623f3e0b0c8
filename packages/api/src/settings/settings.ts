import type { LoginField, RegistrationField, UpdatableField } from "../contract/types.js";
import type { HookSettings } from "../hooks.js";
import type { LinkPage } from "../mail/links.js";
import type { MailLanguage } from "../mail/mail.js";
import type { CookieSettings } from "../sessions/cookie-policy.js";
import type { PasswordSettings } from "./password-settings.js";
import type { SocialSettings } from "./social-settings.js";
import type { TokenSettings } from "./token-settings.js";

export interface LoginSettings {
  /** Which names can be used to sign in. Default: both. */
  fields: LoginField[];
}

/** How e-mail addresses are verified: see `RegistrationSettings.verification`. */
export type VerificationMode = "none" | "optional" | "mandatory";

export interface RegistrationSettings {
  /** Default true. */
  open: boolean;
  /**
   * Fields that must be given. Default `email` and `password`. Without `password` here, an account can be created
   * without one, and a mail with a link to choose it is sent.
   */
  required: RegistrationField[];
  /** Fields that may be given; all others are refused. Default: all. */
  optional: RegistrationField[];
  /**
   * `none` sends no verification mail and never requires a verified address. `optional` sends it, and lets people in
   * before they follow it. `mandatory` lets nobody in before. Default `optional`.
   */
  verification: VerificationMode;
  /** Whether following the verification link signs in. Default false: whoever registered chose the password. */
  signInOnVerification: boolean;
  /** Days after which an account that never verified its address is deleted. Default null: never. */
  unverifiedDays: number | null;
}

export interface UserSettings {
  /** Fields that `user.update` accepts. Default `username`, `firstName`, `lastName`. */
  updatable: UpdatableField[];
  /** What `user.delete` does: removes the account, or disables it and keeps the row. Default `delete`. */
  deletion: "delete" | "deactivate";
  /** In characters. Default 1 and 64, which are also the outer bounds. */
  usernameMinLength: number;
  usernameMaxLength: number;
  /**
   * An additional rule for usernames. It can only narrow the allowed characters: letters, digits and `._+-`. Default:
   * all of those.
   */
  usernamePattern: RegExp | null;
  /** Usernames that nobody can have, in any letter case; they are reported as taken. Default: none. */
  reservedUsernames: string[];
  /**
   * Whether usernames are stored in lower case. They are unique and found in any letter case either way. Default false.
   */
  lowercaseUsernames: boolean;
  /** How long `user.events` are kept. Default 365. */
  eventDays: number;
}

export interface SessionSettings extends CookieSettings {
  /** How long after sign-in a cookie session ends, however much it is used. Default 30. */
  absoluteDays: number;
  /** How long a cookie session can go unused before it ends. Default 14. */
  idleDays: number;
  /** Length of a session that is not remembered. Default 12. */
  shortHours: number;
  /** How long after a password was given `freshProcedure` admits its caller. Default 10. */
  freshMinutes: number;
  /** Whether `password.change` signs the caller out, too, instead of starting a new session. Default false. */
  signOutOnPasswordChange: boolean;
  /**
   * How many sessions an account can have, by cookie and by token together. A sign-in beyond that ends the oldest one.
   * Default 100, at most 1000.
   */
  maxPerAccount: number;
}

export interface MailSettings {
  /** The app's name in subjects and texts. Default `Keywright`. */
  appName: string;
  /** `en` or `de`. Default `en`. */
  language: MailLanguage;
  /** Front-end pages that the links open. Default `/verify-email`, `/reset-password`, `/set-password`, … */
  paths: Partial<Record<LinkPage, string>>;
  /** Whether a sign-in from a new device is reported by mail. Default true. */
  signInNotices: boolean;
  /**
   * How often the worker checks for mail queued by another instance, in milliseconds; up to five times less often while
   * there is none. Default 1000.
   */
  pollMs: number;
}

export interface LimitSettings {
  /**
   * Wrong guesses allowed per name in a window, and as many for each browser that has signed in before. All names of an
   * account together have twice that, and so have all its browsers. Default 10.
   */
  passwordTriesPerAccount: number;
  /** Default 15. */
  passwordWindowMinutes: number;
  /** Mails of each kind to one address; if no account has verified it, of all kinds together. Default 5. */
  mailsPerAddressPerHour: number;
  /** Changes of one account's details, and in each of its sessions other changes. Default 120. */
  changesPerAccountPerHour: number;
  /** Default 120, as for registrations. */
  signInsPerIpPerMinute: number;
  registrationsPerIpPerMinute: number;
  /** Default 60. */
  mailsPerIpPerMinute: number;
  /** Calls that present a token: refresh, verify, reset. Default 600. */
  tokenCallsPerIpPerMinute: number;
}

export interface Settings {
  login: LoginSettings;
  registration: RegistrationSettings;
  password: PasswordSettings;
  user: UserSettings;
  session: SessionSettings;
  tokens: TokenSettings;
  mail: MailSettings;
  limits: LimitSettings;
  social: SocialSettings;
  hooks: HookSettings;
}

/** The settings as an app writes them: every one has a default. */
export interface SettingsInput {
  login?: Partial<LoginSettings> | undefined;
  registration?: Partial<RegistrationSettings> | undefined;
  password?: Partial<PasswordSettings> | undefined;
  user?: Partial<UserSettings> | undefined;
  session?: Partial<SessionSettings> | undefined;
  tokens?: Partial<TokenSettings> | undefined;
  mail?: Partial<MailSettings> | undefined;
  limits?: Partial<LimitSettings> | undefined;
  social?: Partial<SocialSettings> | undefined;
  hooks?: Partial<HookSettings> | undefined;
}
