import { z } from "zod";
import { emailField, passwordField, tokenField } from "./fields.js";

export const requestResetInput = z.strictObject({ email: emailField });
export const checkTokenInput = z.strictObject({ token: tokenField });

export interface ResetInput {
  token: string;
  newPassword: string;
  confirmPassword?: string | undefined;
}

export const resetInput = z
  .strictObject({
    token: tokenField,
    newPassword: passwordField,
    confirmPassword: z.string().optional(),
  })
  .refine(({ newPassword, confirmPassword }) => confirmPassword === undefined || confirmPassword === newPassword, {
    error: "PASSWORD_MISMATCH",
    path: ["confirmPassword"],
  }) satisfies z.ZodType<ResetInput>;
