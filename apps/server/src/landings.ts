import type { Words } from "./words/words.js";

/** A page that a mailed link opens, and what its form asks for. */
export interface Landing {
  path: string;
  /** The purpose of links to this page. */
  purpose: keyof Words["landings"];
  procedure: string;
  fields: readonly Field[];
}

export interface Field {
  /** Name in the procedure's input. */
  name: string;
  label: keyof Words["labels"];
  /** Whether the minimum length is shown below the field. */
  hasHint: boolean;
}

/** The pages of all mailed links. */
export const landings: readonly Landing[] = [
  { path: "/verify-email", purpose: "verify_email", procedure: "registration.verifyEmail", fields: [] },
  {
    path: "/reset-password",
    purpose: "reset_password",
    procedure: "password.reset",
    fields: [
      { name: "newPassword", label: "newPassword", hasHint: true },
      { name: "confirmPassword", label: "newAgain", hasHint: false },
    ],
  },
  {
    path: "/set-password",
    purpose: "set_password",
    procedure: "password.set",
    fields: [
      { name: "newPassword", label: "password", hasHint: true },
      { name: "confirmPassword", label: "again", hasHint: false },
    ],
  },
  { path: "/confirm-email", purpose: "change_email", procedure: "user.confirmEmailChange", fields: [] },
  { path: "/undo-email-change", purpose: "undo_email_change", procedure: "user.undoEmailChange", fields: [] },
];
