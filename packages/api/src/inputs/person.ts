import { z } from "zod";
import { emailField, nameField, usernameField } from "./fields.js";

/** A person as another directory knows them. */
export interface Person {
  email: string;
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

/** The address must be valid. Other values that the directory allows but we do not are dropped. */
export const personInput = z.strictObject({
  email: emailField,
  username: usernameField.optional().catch(undefined),
  firstName: nameField.optional().catch(undefined),
  lastName: nameField.optional().catch(undefined),
}) satisfies z.ZodType<Person>;
