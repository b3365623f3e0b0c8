import { z } from "zod";
import type { EmailInput, RegisterInput, VerifyEmailInput } from "../contract/input-types.js";
import { deviceNameField, emailField, mailedTokenField, nameField, passwordField, usernameField } from "./fields.js";

/** The service's input: `registerInput`, plus the app's own fields if it declares any. */
export interface Registration extends RegisterInput {
  profile?: Record<string, unknown> | undefined;
}

/** Which fields are required depends on the settings. */
export const registerInput = z
  .strictObject({
    username: usernameField.optional(),
    email: emailField.optional(),
    password: passwordField.optional(),
    confirmPassword: z.string().optional(),
    firstName: nameField.optional(),
    lastName: nameField.optional(),
    deviceName: deviceNameField.optional(),
  })
  .refine(({ password, confirmPassword }) => confirmPassword === undefined || confirmPassword === password, {
    error: "PASSWORD_MISMATCH",
    path: ["confirmPassword"],
  }) satisfies z.ZodType<RegisterInput>;

export const verifyEmailInput = z.strictObject({
  token: mailedTokenField,
  deviceName: deviceNameField.optional(),
}) satisfies z.ZodType<VerifyEmailInput>;
export const resendVerificationInput = z.strictObject({ email: emailField }) satisfies z.ZodType<EmailInput>;
