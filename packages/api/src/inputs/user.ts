import { z } from "zod";
import type { UpdateInput, UserEventsInput } from "../input-types.js";
import { emailField, nameField, passwordField, tokenField, usernameField } from "./fields.js";

/** Which fields are accepted is a setting; those that are left out stay as they are. */
export const updateInput = z.strictObject({
  username: usernameField.optional(),
  firstName: nameField.optional(),
  lastName: nameField.optional(),
}) satisfies z.ZodType<UpdateInput>;

/** What the service takes: `updateInput`, and an app's own fields where it declares some. */
export interface UserUpdate extends UpdateInput {
  profile?: Record<string, unknown> | undefined;
}

export const requestEmailChangeInput = z.strictObject({ email: emailField, password: passwordField });
export const emailTokenInput = z.strictObject({ token: tokenField });
export const ownPasswordInput = z.strictObject({ password: passwordField });

export const userEventsInput = z
  .strictObject({
    /** `next` of the page before. */
    after: z.string().max(100).optional(),
    /** 1 to 100; 20 by default. */
    limit: z.int().min(1).max(100).optional(),
  })
  .optional() satisfies z.ZodType<UserEventsInput>;
