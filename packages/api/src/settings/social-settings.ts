export interface SocialSettings {
  /**
   * Where a browser may be sent after a round trip to a provider, besides the front end: https origins, and
   * `scheme://host` of an app on a phone. Compared as a whole, without a path and without `*`. Default: none.
   */
  returnTo: string[];
  /**
   * Whether a first sign-in with a provider enters the account that has the same address, if both have verified it.
   * Default false: the owner is told by mail to sign in and connect the provider.
   */
  linkVerifiedEmails: boolean;
  /**
   * Whether the tokens that providers give are kept, encrypted, for `keywright.providerToken(userId, provider)`. Default
   * false: nothing is stored that is not needed to sign in.
   */
  keepTokens: boolean;
}
