export { epochs } from "./epochs.js";
export { outbox, rateLimits } from "./outbox.js";
export { secrets } from "./secrets.js";
export { refreshTokens, sessions } from "./sessions.js";
export { identities, socialFlows, socialGrants } from "./social.js";
export { auditEvents, passwords, usernameHolds, users } from "./users.js";
