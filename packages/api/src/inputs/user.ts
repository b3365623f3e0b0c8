import { z } from "zod";
import { maxEvents } from "../contract/bounds.js";
import type {
  EmailChangeInput,
  OwnPasswordInput,
  TokenInput,
  UpdateInput,
  UserEventsInput,
} from "../contract/input-types.js";
import { emailField, mailedTokenField, nameField, passwordField, usernameField } from "./fields.js";

export const updateInput = z.strictObject({
  username: usernameField.optional(),
  firstName: nameField.optional(),
  lastName: nameField.optional(),
}) satisfies z.ZodType<UpdateInput>;

/** The service's input: `updateInput`, plus the app's own fields if it declares any. */
export interface UserUpdate extends UpdateInput {
  profile?: Record<string, unknown> | undefined;
}

export const requestEmailChangeInput = z.strictObject({
  email: emailField,
  password: passwordField.optional(),
}) satisfies z.ZodType<EmailChangeInput>;
export const emailTokenInput = z.strictObject({ token: mailedTokenField }) satisfies z.ZodType<TokenInput>;
export const ownPasswordInput = z.strictObject({
  password: passwordField.optional(),
}) satisfies z.ZodType<OwnPasswordInput>;

export const userEventsInput = z
  .strictObject({
    after: z.string().max(100).optional(),
    limit: z.int().min(1).max(maxEvents).optional(),
  })
  .optional() satisfies z.ZodType<UserEventsInput | undefined>;
