import type { LoginField, RegistrationField } from "./types.js";

export interface LoginSettings {
  /** Which names an account can sign in with. Default: both. */
  fields: LoginField[];
  /** Whether an account can sign in before its e-mail address is verified. Default true. */
  allowUnverified: boolean;
}

export interface RegistrationSettings {
  /** Default true. */
  open: boolean;
  /** Fields that must be given; the others may be. Default `email` and `password`. */
  required: RegistrationField[];
  /** Whether to send the verification mail. Default true. */
  sendVerification: boolean;
  /** Whether following the verification link signs in. Default false: whoever registered chose the password. */
  signInOnVerification: boolean;
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
  /** Base-2 logarithm of bcrypt's rounds. Default 12; less than 10 is for tests. */
  bcryptCost: number;
  /** A secret of at least 16 characters, kept outside of the database, mixed into every hash. Default: none. */
  pepper?: string | undefined;
}

export interface SessionSettings {
  /** A session ends so long after sign-in, however much it is used. Default 30. */
  absoluteDays: number;
  /** A session ends when it was not used for so long. Default 14. */
  idleDays: number;
  /** Length of a session that is not to be remembered. Default 12. */
  shortHours: number;
  /** For so long after a password was given, `freshProcedure` lets its caller through. Default 10. */
  freshMinutes: number;
}

export interface TokenSettings {
  /** Default 5. */
  accessMinutes: number;
  /** From sign-in, however often it is refreshed. Default 90. */
  refreshDays: number;
  /** For so long, or until the successor is used, a repeated refresh gets the same successor. Default 60. */
  refreshGraceSeconds: number;
  /** Life of a verification link. Default 24. */
  verifyHours: number;
  /** Life of a reset link. Default 60. */
  resetMinutes: number;
}

export interface MailSettings {
  /** Named in subjects and texts. Default `Keywright`. */
  appName: string;
  /** How often a mail is tried before it is a dead letter. Default 12. */
  mostAttempts: number;
  /** How often the worker looks for mail that another instance has queued. Default 1000. */
  pollMs: number;
}

export interface LimitSettings {
  /** Guesses at one account's password in a window. Default 10. */
  passwordTriesPerAccount: number;
  /** Default 15. */
  passwordWindowMinutes: number;
  /** Mails of each kind that anybody can cause to one address. Default 5. */
  mailsPerAddressAnHour: number;
  /** Default 120, as for registrations. */
  signInsPerIpAMinute: number;
  registrationsPerIpAMinute: number;
  /** Default 60. */
  mailsPerIpAMinute: number;
  /** Calls that show a token: refresh, verify, reset. Default 600. */
  tokenCallsPerIpAMinute: number;
}

export interface Settings {
  login: LoginSettings;
  registration: RegistrationSettings;
  password: PasswordSettings;
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
  session?: Partial<SessionSettings> | undefined;
  tokens?: Partial<TokenSettings> | undefined;
  mail?: Partial<MailSettings> | undefined;
  limits?: Partial<LimitSettings> | undefined;
}
