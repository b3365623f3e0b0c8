export interface PasswordSettings {
  /** Code points. Default 8; NIST recommends 15. */
  minLength: number;
  /** Code points. Default 256. */
  maxLength: number;
  /** Default true. */
  refuseNumeric: boolean;
  /** Whether a password must differ from the person's names and address. Default true. */
  refuseSimilar: boolean;
  /** Whether a new password must always be given twice (`confirmPassword`). Default false. */
  requireConfirmation: boolean;
  /**
   * Whether `password.change` needs the current password. Default true. If false, the password must have been given
   * within `session.freshMinutes`.
   */
  requireCurrent: boolean;
  /**
   * Base-2 logarithm of bcrypt's rounds. Default 12; less than 10 is for tests. Stored hashes of a lower cost are replaced
   * at the next login, those of a higher one never.
   */
  bcryptCost: number;
  /**
   * A secret of at least 16 characters, better 32 random bytes, kept outside the database and mixed into every hash.
   * Default: none.
   */
  pepper?: string | undefined;
  /** Peppers that were used before; hashes made with them are replaced at the next login. Default: none. */
  previousPeppers?: string[] | undefined;
  /** Ids of peppers that nobody has any more: their passwords count as wrong until they are reset. Default: none. */
  lostPeppers?: string[] | undefined;
}
