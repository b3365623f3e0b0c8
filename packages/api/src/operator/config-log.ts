import { z } from "zod";
import { logLevels } from "../log.js";

/** What the program writes down. */
export const logVariables = {
  LOG_LEVEL: z.enum(logLevels, { error: `LOG_LEVEL must be one of ${logLevels.join(", ")}.` }).default("info"),
  LOG_REQUESTS: z
    .enum(["true", "false"], { error: "LOG_REQUESTS must be true or false." })
    .transform((text) => text === "true")
    .optional(),
};
