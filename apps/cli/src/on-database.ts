import { type DatabaseSetting, loadDatabase, startFault } from "@keywright/api/operator";
import type { Surroundings } from "./contract.js";

/** Does `work` with the database that the settings name. Whatever fails becomes a sentence, and the exit code 1. */
export async function onDatabase(
  { environment, folder, complain }: Surroundings,
  work: (setting: DatabaseSetting) => Promise<number>,
): Promise<number> {
  let databaseSetting = "DATABASE_URL";
  try {
    const setting = await loadDatabase(environment, folder);
    databaseSetting = setting.databaseSetting;
    return await work(setting);
  } catch (error) {
    complain(startFault(error, databaseSetting));
    return 1;
  }
}
