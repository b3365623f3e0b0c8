import { z } from "zod";
import { deviceNameField, emailField, nameField, passwordField, tokenField, usernameField } from "./fields.js";

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
  });
export type RegisterInput = z.output<typeof registerInput>;

export const verifyEmailInput = z.strictObject({ token: tokenField, deviceName: deviceNameField.optional() });
export const resendVerificationInput = z.strictObject({ email: emailField });
