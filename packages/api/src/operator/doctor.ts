import { type Config, loadConfig } from "./config.js";
import type { Environment } from "./config-sources.js";
import { type DatabaseSetting, loadDatabase } from "./database-setting.js";
import { examineDatabase } from "./examine-database.js";
import { examineMail } from "./examine-mail.js";
import { type Finding, fine, wrong } from "./finding.js";
import { startFault } from "./start-fault.js";

/** How long one subject may take. */
const patienceMs = 20_000;

/**
 * Looks at what a server needs: settings, database and mail server. Changes nothing and sends nothing; each finding is
 * yielded as soon as it is made, and each subject ends in time.
 */
export async function* diagnose(environment: Environment, folder: string): AsyncGenerator<Finding> {
  const settings = await readSettings(environment, folder);
  yield* settings.findings;
  const { database, config } = settings;
  if (database) yield* await orTooSlow("Database", examineDatabase(database, folder));
  if (config) yield* await orTooSlow("Mail", examineMail(config));
}

interface ReadSettings {
  findings: Finding[];
  config: Config | null;
  database: DatabaseSetting | null;
}

/** An app that mounts the routers may have its other settings in its code: the database is examined all the same. */
async function readSettings(environment: Environment, folder: string): Promise<ReadSettings> {
  const database = await loadDatabase(environment, folder).catch(() => null);
  try {
    const config = await loadConfig(environment, folder);
    return { findings: [fine("Settings", `valid, from ${config.sources}.`)], config, database };
  } catch (error) {
    const sentences = startFault(error, "DATABASE_URL").split("\n");
    return { findings: sentences.map((sentence) => wrong("Settings", sentence)), config: null, database };
  }
}

async function orTooSlow(subject: string, work: Promise<Finding[]>): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Finding[]>((resolve) => {
    const sentence = `no answer within ${patienceMs / 1_000} seconds.`;
    timer = setTimeout(() => resolve([wrong(subject, sentence)]), patienceMs);
  });
  return await Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}
