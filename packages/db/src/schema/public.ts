/**
 * The tables that an app may refer to and join with, in its own Drizzle schema: import them there, and do not export
 * them again, since drizzle-kit takes what a schema file exports for the app's own.
 */

export { sessions } from "./sessions.js";
export { identities } from "./social.js";
export { auditEvents, users } from "./users.js";
