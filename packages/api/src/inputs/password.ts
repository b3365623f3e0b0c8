import { z } from "zod";
import type { ChangePasswordInput, ResetInput } from "../input-types.js";
import { emailField, passwordField, tokenField } from "./fields.js";

export const requestResetInput = z.strictObject({ email: emailField });
export const checkTokenInput = z.strictObject({ token: tokenField });

const mismatch = { error: "PASSWORD_MISMATCH", path: ["confirmPassword"] };

/** The current password may be missing only where `password.requireCurrent` is off. */
export const changePasswordInput = z
  .strictObject({
    currentPassword: passwordField.optional(),
    newPassword: passwordField,
    confirmPassword: z.string().optional(),
    /** Leaves the other devices signed in. */
    keepOtherSessions: z.boolean().optional(),
  })
  .refine(isConfirmed, mismatch) satisfies z.ZodType<ChangePasswordInput>;

export const resetInput = z
  .strictObject({
    token: tokenField,
    newPassword: passwordField,
    confirmPassword: z.string().optional(),
  })
  .refine(isConfirmed, mismatch) satisfies z.ZodType<ResetInput>;

function isConfirmed({ newPassword, confirmPassword }: { newPassword: string; confirmPassword?: string | undefined }) {
  return confirmPassword === undefined || confirmPassword === newPassword;
}
