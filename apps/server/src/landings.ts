/** A page that a mailed link opens: what its form asks for, and what it says. */
export interface Landing {
  path: string;
  /** The purpose that a link for this page has. */
  purpose: string;
  procedure: string;
  title: string;
  /** Above the form; the address is masked, and null where it is not known. */
  intro(email: string | null): string;
  fields: readonly Field[];
  button: string;
  doneTitle: string;
  done: string;
  /** What to do about a link that no longer works. */
  renew: string;
}

export interface Field {
  /** Of the procedure's input. */
  name: string;
  label: string;
  hint: string | null;
}

/** The pages of all mailed links. `minLength` is for the hint; the procedure has the rules. */
export function landingsOf({ minLength }: { minLength: number }): Landing[] {
  return [verifyEmail, resetPassword(minLength)];
}

const verifyEmail: Landing = {
  path: "/verify-email",
  purpose: "verify_email",
  procedure: "registration.verifyEmail",
  title: "Verify your e-mail address",
  intro: (email) => `Press the button to verify that ${email ?? "this e-mail address"} is yours.`,
  fields: [],
  button: "Verify e-mail address",
  doneTitle: "Your e-mail address is verified",
  done: "Thank you. You can close this page and sign in.",
  renew: "Ask for a new verification e-mail where you signed up.",
};

function resetPassword(minLength: number): Landing {
  return {
    path: "/reset-password",
    purpose: "reset_password",
    procedure: "password.reset",
    title: "Choose a new password",
    intro: (email) => `This sets a new password for ${email ?? "your account"} and signs the account out everywhere.`,
    fields: [
      { name: "newPassword", label: "New password", hint: `At least ${minLength} characters.` },
      { name: "confirmPassword", label: "New password again", hint: null },
    ],
    button: "Set new password",
    doneTitle: "Your new password is set",
    done: "You are signed out everywhere. You can close this page and sign in with the new password.",
    renew: "Ask for a new link where you sign in, under “forgot password”.",
  };
}
