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
  return [verifyEmail, resetPassword(minLength), setPassword(minLength), confirmEmail, undoEmailChange];
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
      { name: "newPassword", label: "New password", hint: atLeast(minLength) },
      { name: "confirmPassword", label: "New password again", hint: null },
    ],
    button: "Set new password",
    doneTitle: "Your new password is set",
    done: "You are signed out everywhere. You can close this page and sign in with the new password.",
    renew: "Ask for a new link where you sign in, under “forgot password”.",
  };
}

function setPassword(minLength: number): Landing {
  return {
    path: "/set-password",
    purpose: "set_password",
    procedure: "password.set",
    title: "Choose a password",
    intro: (email) => `This sets the password for ${email ?? "your account"}.`,
    fields: [
      { name: "newPassword", label: "Password", hint: atLeast(minLength) },
      { name: "confirmPassword", label: "Password again", hint: null },
    ],
    button: "Set password",
    doneTitle: "Your password is set",
    done: "You can close this page and sign in with it.",
    renew: "Ask for a new link where you sign in, under “forgot password”.",
  };
}

const confirmEmail: Landing = {
  path: "/confirm-email",
  purpose: "change_email",
  procedure: "user.confirmEmailChange",
  title: "Confirm your new e-mail address",
  intro: (email) =>
    `Press the button to make ${email ?? "this e-mail address"} the address of your account. It signs the account out everywhere.`,
  fields: [],
  button: "Use this e-mail address",
  doneTitle: "Your e-mail address is changed",
  done: "You are signed out everywhere. You can close this page and sign in with the new address.",
  renew: "Change the e-mail address once more where you are signed in.",
};

const undoEmailChange: Landing = {
  path: "/undo-email-change",
  purpose: "undo_email_change",
  procedure: "user.undoEmailChange",
  title: "Take the change of your e-mail address back",
  intro: (email) =>
    `Press the button to give your account ${email ?? "its old e-mail address"} back. It signs the account out everywhere and deletes its password.`,
  fields: [],
  button: "Restore the old e-mail address",
  doneTitle: "Your old e-mail address is back",
  done: "The account is signed out everywhere. An e-mail with a link to choose a new password is on its way to you.",
  renew: "If you still cannot sign in, ask whoever runs this service for help.",
};

function atLeast(minLength: number): string {
  return `At least ${minLength} characters.`;
}
