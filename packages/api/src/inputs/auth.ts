import { z } from "zod";
import type { LoginInput, LogoutInput } from "../input-types.js";
import { deviceNameField, emailField, loginField, passwordField, tokenField, usernameField } from "./fields.js";

/** Exactly one of `login`, `username` and `email` names the account. */
export const loginInput = z
  .strictObject({
    /** A username or an e-mail address. */
    login: loginField.optional(),
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
  })
  // What the refinement says, for those who read the JSON schema.
  .meta({
    oneOf: ["login", "username", "email"].map((name) => ({ required: [name] })),
  }) satisfies z.ZodType<LoginInput>;

export const logoutInput = z
  .strictObject({ everywhere: z.boolean().optional() })
  .optional() satisfies z.ZodType<LogoutInput>;

export const noInput = z.strictObject({}).optional();
export const sessionIdInput = z.strictObject({ id: z.string().min(1).max(100) });

export const verifyTokenInput = z.strictObject({ token: tokenField });
export const refreshTokenInput = z.strictObject({ refreshToken: tokenField });
