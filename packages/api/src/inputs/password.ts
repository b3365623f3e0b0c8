import { z } from "zod";
import type { ChangePasswordInput, EmailInput, ResetInput, TokenInput } from "../contract/input-types.js";
import { emailField, mailedTokenField, passwordField } from "./fields.js";

export const requestResetInput = z.strictObject({ email: emailField }) satisfies z.ZodType<EmailInput>;
export const checkTokenInput = z.strictObject({ token: mailedTokenField }) satisfies z.ZodType<TokenInput>;

const mismatch = { error: "PASSWORD_MISMATCH", path: ["confirmPassword"] };

export const changePasswordInput = z
  .strictObject({
    currentPassword: passwordField.optional(),
    newPassword: passwordField,
    confirmPassword: z.string().optional(),
    keepOtherSessions: z.boolean().optional(),
  })
  .refine(isConfirmed, mismatch) satisfies z.ZodType<ChangePasswordInput>;

export const resetInput = z
  .strictObject({
    token: mailedTokenField,
    newPassword: passwordField,
    confirmPassword: z.string().optional(),
  })
  .refine(isConfirmed, mismatch) satisfies z.ZodType<ResetInput>;

function isConfirmed({ newPassword, confirmPassword }: { newPassword: string; confirmPassword?: string | undefined }) {
  return confirmPassword === undefined || confirmPassword === newPassword;
}
