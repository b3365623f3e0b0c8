export interface TokenSettings {
  /** Default 5. */
  accessMinutes: number;
  /** Counted from sign-in, however often the token is refreshed. Default 90. */
  refreshDays: number;
  /** How long a bearer session can go unused before it ends (RFC 9700, 4.14.2). Default 30. */
  refreshIdleDays: number;
  /** How long a repeated refresh gets the same successor, unless that has been used. Default 24. */
  refreshGraceHours: number;
  /**
   * Whether your own `userProcedure`s and `verifiedProcedure`s trust an access token for its whole life, without
   * looking up its session and so without a statement. Ended sessions then remain usable there for `accessMinutes`, and
   * `ctx.user` is as old as the token, which carries it. Cookies, `freshProcedure`, `currentProcedure` and all of
   * Keywright's own procedures always look it up. Default false.
   */
  statelessAccess: boolean;
  /** Lifetime of a verification link. Default 24. */
  verifyHours: number;
  /** Lifetime of a reset link. Default 60. */
  resetMinutes: number;
  /** Lifetime of a link to choose a first password. Default 168: a week. */
  setPasswordHours: number;
  /** Lifetime of the link that confirms a new address. Default 24. */
  changeEmailHours: number;
}
