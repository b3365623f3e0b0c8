// How long the lists in answers can be. Each is kept where the list is made.

/** Providers that an app can configure, and other lists in its settings. */
export const maxProviders = 100;

/** Identities that an account can have. */
export const maxIdentities = 20;

/** What `session.maxPerAccount` can be. */
export const maxSessions = 1000;

/** Events on one page of an account's history. */
export const maxEvents = 100;

/** Of those, how many `user.export` contains; `user.events` has the rest. */
export const maxExportedEvents = 1000;

/** Mails about an account that wait to be sent and are in its export. */
export const maxExportedMails = 100;
