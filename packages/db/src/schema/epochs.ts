import { uuid } from "drizzle-orm/pg-core";
import { key, keywright, moment } from "./columns.js";

/** Random values that keys are derived with besides `KEYWRIGHT_SECRET`: replaced, all that was derived before is void. */
export const epochs = keywright.table("epochs", {
  name: key("name").primaryKey(),
  value: uuid("value").notNull(),
  changedAt: moment("changed_at").notNull(),
});
