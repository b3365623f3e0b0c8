import { secretAdvice } from "../keys.js";
import { createSmtpMailer } from "../mail/smtp.js";
import type { Environment } from "./config-sources.js";

const databaseAdvice =
  "postgres://USER:PASSWORD@HOST/DATABASE, or pglite:PATH if the embedded database is what you want";

/** What is good enough for trying it out locally, but must not go online. */
export function productionFaults(given: Environment, hasMailer: boolean): string[] {
  // Web views have schemes of their own.
  const isHttps = (list = "") => list.split(",").every((url) => !/^http:/i.test(url.trim()));
  const rules: [isBroken: boolean, sentence: string][] = [
    [!given.PUBLIC_URL, "PUBLIC_URL must be set in production, to the https address of this server."],
    [!isHttps(given.PUBLIC_URL), "PUBLIC_URL must be an https address in production."],
    [!isHttps(given.APP_URL), "APP_URL must be an https address in production."],
    [!given.DATABASE_URL, `DATABASE_URL must be set in production: ${databaseAdvice}.`],
    [!given.SMTP_URL && !hasMailer, "SMTP_URL must be set in production: accounts are verified and recovered by mail."],
    [!given.MAIL_FROM && !hasMailer, "MAIL_FROM must be set in production, to the sender of all mail."],
    [!given.KEYWRIGHT_SECRET, `KEYWRIGHT_SECRET must be set in production: ${secretAdvice}.`],
    [!isHttps(given.CORS_ORIGINS), "CORS_ORIGINS must be https addresses in production."],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence);
}

/** The mailer's own checks, each with a harmless value for what the other one checks. */
export function mailFaults({ SMTP_URL, MAIL_FROM }: Environment): string[] {
  return [
    ...faultOf(() => createSmtpMailer({ url: SMTP_URL ?? "smtp://localhost", from: "a@localhost", requireTls: true })),
    ...faultOf(() => createSmtpMailer({ url: "smtp://localhost", from: MAIL_FROM ?? "a@localhost", requireTls: true })),
  ];
}

function faultOf(attempt: () => unknown): string[] {
  try {
    attempt();
    return [];
  } catch (error) {
    return error instanceof Error ? [error.message] : [];
  }
}

/** A malformed address need not also be reported as "not https": the first message about a variable is enough. */
export function onePerVariable(faults: string[]): string[] {
  const variableOf = (fault: string) => fault.split(" ", 1)[0];
  return faults.filter(
    (fault, index) => faults.findIndex((other) => variableOf(other) === variableOf(fault)) === index,
  );
}
