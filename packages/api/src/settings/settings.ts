import type { LoginField, RegistrationField, UpdatableField } from "../contract/types.js";
import type { LinkPage } from "../mail/links.js";
import type { MailLanguage } from "../mail/mail.js";

export interface LoginSettings {
  /** Which names an account can sign in with. Default: both. */
  fields: LoginField[];
}

/** How e-mail addresses are proved: see `RegistrationSettings.verification`. */
export type VerificationMode = "none" | "optional" | "mandatory";

export interface RegistrationSettings {
  /** Default true. */
  open: boolean;
  /**
   * Fields that must be given. Default `email` and `password`. Without `password` an account can be made without one,
   * and a mail brings the link to choose it.
   */
  required: RegistrationField[];
  /** Fields that may be given; every other one is refused. Default: all. */
  optional: RegistrationField[];
  /**
   * `none` sends no verification mail and asks for no verified address anywhere. `optional` sends it, and lets in who
   * has not followed it. `mandatory` lets nobody in before. Default `optional`.
   */
  verification: VerificationMode;
  /** Whether following the verification link signs in. Default false: whoever registered chose the password. */
  signInOnVerification: boolean;
  /** After so many days an account that never proved its address is deleted. Default null: never. */
  unverifiedDays: number | null;
}

export interface PasswordSettings {
  /** Code points. Default 8; NIST recommends 15. */
  minLength: number;
  /** Code points. Default 256. */
  maxLength: number;
  /** Default true. */
  refuseNumeric: boolean;
  /** Whether a password must differ from the person's names and address. Default true. */
  refuseSimilar: boolean;
  /** Whether a new password must be given twice (`confirmPassword`), everywhere. Default false. */
  requireConfirmation: boolean;
  /**
   * Whether `password.change` needs the current password. Default true. Where it does not, the password must have been
   * given within `session.freshMinutes`.
   */
  requireCurrent: boolean;
  /** Base-2 logarithm of bcrypt's rounds. Default 12; less than 10 is for tests. */
  bcryptCost: number;
  /** A secret of at least 16 characters, kept outside of the database, mixed into every hash. Default: none. */
  pepper?: string | undefined;
}

export interface UserSettings {
  /** Fields that `user.update` accepts. Default `username`, `firstName`, `lastName`. */
  updatable: UpdatableField[];
  /** What `user.delete` does: removes the account, or disables it and keeps the row. Default `delete`. */
  deletion: "delete" | "deactivate";
  /** Characters. Default 1 and 64, which are also the outer bounds. */
  usernameMinLength: number;
  usernameMaxLength: number;
  /** What a username must look like besides. It can only narrow down: letters, digits and `._+-`. Default: all of that. */
  usernamePattern: RegExp | null;
  /** Usernames that nobody gets, in any letter case; they are answered as taken. Default none. */
  reservedUsernames: string[];
  /** Whether usernames are stored in lower case. Unique and found in any letter case they are anyway. Default false. */
  lowercaseUsernames: boolean;
  /** For how long `user.events` are kept. Default 365. */
  eventDays: number;
}

export interface SessionSettings {
  /** A cookie session ends so long after sign-in, however much it is used; a bearer one by `tokens.refreshDays`. Default 30. */
  absoluteDays: number;
  /** A cookie session ends when it was not used for so long. Default 14. */
  idleDays: number;
  /** Length of a session that is not to be remembered. Default 12. */
  shortHours: number;
  /** For so long after a password was given, `freshProcedure` lets its caller through. Default 10. */
  freshMinutes: number;
  /** Whether `password.change` signs its caller out as well, instead of starting a new session. Default false. */
  signOutOnPasswordChange: boolean;
  /** How many sessions an account can have, by cookie and by token together. A sign-in beyond it ends the one that was started first. Default 100, at most 1000. */
  maxPerAccount: number;
}

export interface TokenSettings {
  /** Default 5. */
  accessMinutes: number;
  /** From sign-in, however often it is refreshed. Default 90. */
  refreshDays: number;
  /** How long a repeated refresh gets the same successor, unless that is used before. Default 24. */
  refreshGraceHours: number;
  /**
   * Whether `userProcedure` and `verifiedProcedure` of your own believe an access token for its whole life, without a
   * look at its session, at no statement. Ended sessions then live on there for `accessMinutes`, and `ctx.user` is as
   * old as the token, which carries it. Cookies, `freshProcedure`, `currentProcedure` and all procedures of Keywright's
   * look as ever. Default false.
   */
  statelessAccess: boolean;
  /** Life of a verification link. Default 24. */
  verifyHours: number;
  /** Life of a reset link. Default 60. */
  resetMinutes: number;
  /** Life of a link to choose a first password. Default 168: a week. */
  setPasswordHours: number;
  /** Life of the link that confirms a new address. Default 24. */
  changeEmailHours: number;
}

export interface MailSettings {
  /** Named in subjects and texts. Default `Keywright`. */
  appName: string;
  /** `en` or `de`. Default `en`. */
  language: MailLanguage;
  /** Pages of the front end that the links open. Default `/verify-email`, `/reset-password`, `/set-password`, … */
  paths: Partial<Record<LinkPage, string>>;
  /** Whether a sign-in from a device that was not seen before is told by mail. Default true. */
  signInNotices: boolean;
  /**
   * How often the worker looks for mail that another instance has queued, in milliseconds; up to ten times as long while
   * there is none. Default 1000.
   */
  pollMs: number;
}

export interface LimitSettings {
  /**
   * Wrong guesses at one name's password in a window. A browser that has signed in before has as many of its own, and
   * all of an account's such browsers together twice as many. Default 10.
   */
  passwordTriesPerAccount: number;
  /** Default 15. */
  passwordWindowMinutes: number;
  /** Mails of each kind that anybody can cause to one address. Default 5. */
  mailsPerAddressPerHour: number;
  /** Default 120, as for registrations. */
  signInsPerIpPerMinute: number;
  registrationsPerIpPerMinute: number;
  /** Default 60. */
  mailsPerIpPerMinute: number;
  /** Calls that show a token: refresh, verify, reset. Default 600. */
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
}
