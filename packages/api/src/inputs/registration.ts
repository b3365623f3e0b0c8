import { z } from "zod";
import { deviceNameField, emailField, nameField, passwordField, tokenField, usernameField } from "./fields.js";

export interface RegisterInput {
  username?: string | undefined;
  email?: string | undefined;
  password?: string | undefined;
  confirmPassword?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  deviceName?: string | undefined;
}

/** Which fields are required is a setting; all are checked alike. */
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

export const verifyEmailInput = z.strictObject({ token: tokenField, deviceName: deviceNameField.optional() });
export const resendVerificationInput = z.strictObject({ email: emailField });
