/** What callers send. Imports nothing, as `types.ts`. */

export interface LoginInput {
  login?: string | undefined;
  username?: string | undefined;
  email?: string | undefined;
  password: string;
  remember?: boolean | undefined;
  deviceName?: string | undefined;
}

export type LogoutInput = { everywhere?: boolean | undefined } | undefined;

export interface RegisterInput {
  username?: string | undefined;
  email?: string | undefined;
  password?: string | undefined;
  confirmPassword?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  deviceName?: string | undefined;
}

export interface ResetInput {
  token: string;
  newPassword: string;
  confirmPassword?: string | undefined;
}

export interface ChangePasswordInput {
  currentPassword?: string | undefined;
  newPassword: string;
  confirmPassword?: string | undefined;
  keepOtherSessions?: boolean | undefined;
}

export interface UpdateInput {
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

export type UserEventsInput = { after?: string | undefined; limit?: number | undefined } | undefined;
