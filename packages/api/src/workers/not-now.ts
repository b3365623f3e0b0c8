import { isDatabaseFault } from "@keywright/db";
import { loggableError } from "../log.js";

const name = "NotNow";

/** This worker cannot deliver the mail now; another one, or a later attempt, can. It does not count as an attempt. */
export function notNow(reason: string): Error {
  return Object.assign(loggableError(`Not delivered yet: ${reason}.`), { name });
}

/** Whether an error says nothing about the mail: `notNow`, or a database error. */
export function isNotNow(error: unknown): boolean {
  return (error instanceof Error && error.name === name) || isDatabaseFault(error);
}
