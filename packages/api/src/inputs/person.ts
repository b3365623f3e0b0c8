import { z } from "zod";
import { emailField, nameField, usernameField } from "./fields.js";

/** A person as another directory knows them. */
export interface Person {
  email: string;
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

/** The address has to be one; of the rest, what other directories allow and we do not is left out. */
export const personInput = z.strictObject({
  email: emailField,
  username: usernameField.optional().catch(undefined),
  firstName: nameField.optional().catch(undefined),
  lastName: nameField.optional().catch(undefined),
}) satisfies z.ZodType<Person>;
