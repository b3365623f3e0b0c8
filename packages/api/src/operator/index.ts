export type { MailListInput, MailOutcome, MailPage, MailState, Mails, OutgoingMail } from "../services/mails.js";
export { type Config, loadConfig } from "./config.js";
export { type DatabaseSetting, loadDatabase } from "./database-setting.js";
export { diagnose } from "./doctor.js";
export type { Finding } from "./finding.js";
export { withMails } from "./mails.js";
export { migrateDatabase } from "./migrate.js";
export { afterRestore, previousSecretSetting, type Revoked, revokeAll } from "./revoke.js";
export { startFault } from "./start-fault.js";
