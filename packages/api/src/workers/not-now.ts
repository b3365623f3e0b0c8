import { isDeadlock, isUnavailable } from "@keywright/db";
import { tellableError } from "../log.js";

const name = "NotNow";

/** This worker cannot deliver the mail now; another one, or a later attempt, can. It does not count as an attempt. */
export function notNow(reason: string): Error {
  return Object.assign(tellableError(`Not delivered yet: ${reason}.`), { name });
}

/** Whether an error says nothing about the mail: `notNow`, or the database's own. */
export function isNotNow(error: unknown): boolean {
  return (error instanceof Error && error.name === name) || isUnavailable(error) || isDeadlock(error);
}
