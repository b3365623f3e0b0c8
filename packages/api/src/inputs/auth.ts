import { z } from "zod";
import type {
  LoginInput,
  LogoutInput,
  RefreshTokenInput,
  SessionIdInput,
  TokenInput,
} from "../contract/input-types.js";
import { deviceNameField, emailField, loginField, passwordField, tokenField, usernameField } from "./fields.js";

export const loginInput = z
  .strictObject({
    login: loginField.optional(),
    username: usernameField.optional(),
    email: emailField.optional(),
    password: passwordField,
    remember: z.boolean().optional(),
    deviceName: deviceNameField.optional(),
  })
  .refine(({ login, username, email }) => [login, username, email].filter((name) => name !== undefined).length === 1, {
    error: "REQUIRED",
    path: ["login"],
  })
  // States the refinement for readers of the JSON schema.
  .meta({
    oneOf: ["login", "username", "email"].map((name) => ({ required: [name] })),
  }) satisfies z.ZodType<LoginInput>;

export const logoutInput = z.strictObject({ everywhere: z.boolean().optional() }).optional() satisfies z.ZodType<
  LogoutInput | undefined
>;

export const noInput = z.strictObject({}).optional();
export const sessionIdInput = z.strictObject({
  id: z.string().min(1).max(100),
}) satisfies z.ZodType<SessionIdInput>;

export const verifyTokenInput = z.strictObject({ token: tokenField }) satisfies z.ZodType<TokenInput>;
export const refreshTokenInput = z.strictObject({
  refreshToken: tokenField,
}) satisfies z.ZodType<RefreshTokenInput>;
