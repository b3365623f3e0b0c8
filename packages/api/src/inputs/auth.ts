import { z } from "zod";
import { deviceNameField, emailField, passwordField, tokenField, usernameField } from "./fields.js";

/** Exactly one of `login`, `username` and `email` names the account. */
export const loginInput = z
  .strictObject({
    /** A username or an e-mail address. */
    login: z.string().min(1).max(254).optional(),
    username: usernameField.optional(),
    email: emailField.optional(),
    password: passwordField,
    /** False ends the session with the browser, and after 12 hours. Default true. */
    remember: z.boolean().optional(),
    /** Shown in the list of sessions. */
    deviceName: deviceNameField.optional(),
  })
  .refine(({ login, username, email }) => [login, username, email].filter((name) => name !== undefined).length === 1, {
    error: "REQUIRED",
    path: ["login"],
  });
export type LoginInput = z.output<typeof loginInput>;

export const logoutInput = z.strictObject({ everywhere: z.boolean().optional() }).optional();
export type LogoutInput = z.output<typeof logoutInput>;

export const verifyTokenInput = z.strictObject({ token: tokenField });
export const refreshTokenInput = z.strictObject({ refreshToken: tokenField });
