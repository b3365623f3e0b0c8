import type { Words } from "./words.js";

export const english: Words = {
  language: "en",
  landings: {
    verify_email: {
      title: "Verify your e-mail address",
      intro: (email) => `Press the button to verify that ${email ?? "this e-mail address"} is yours.`,
      button: "Verify e-mail address",
      doneTitle: "Your e-mail address is verified",
      done: "Thank you. You can close this page and sign in.",
      renew: "Ask for a new verification e-mail where you signed up.",
    },
    reset_password: {
      title: "Choose a new password",
      intro: (email) => `This sets a new password for ${email ?? "your account"} and signs the account out everywhere.`,
      button: "Set new password",
      doneTitle: "Your new password is set",
      done: "You are signed out everywhere. You can close this page and sign in with the new password.",
      renew: "Ask for a new link where you sign in, under “forgot password”.",
    },
    set_password: {
      title: "Choose a password",
      intro: (email) => `This sets the first password for ${email ?? "your account"}.`,
      button: "Set password",
      doneTitle: "Your password is set",
      done: "You can close this page and sign in with it.",
      renew: "Ask for a new link where you sign in, under “forgot password”.",
    },
    change_email: {
      title: "Confirm your new e-mail address",
      intro: (email) =>
        `Press the button to make ${email ?? "this e-mail address"} the address of your account. This signs the account out everywhere.`,
      button: "Use this e-mail address",
      doneTitle: "Your e-mail address was changed",
      done: "You are signed out everywhere. You can close this page and sign in with the new address.",
      renew: "Sign in and change the e-mail address again.",
    },
    undo_email_change: {
      title: "Undo the change of your e-mail address",
      intro: (email) =>
        `Press the button to change your account back to ${email ?? "its old e-mail address"}. This signs the account out everywhere and deletes its password.`,
      button: "Restore the old e-mail address",
      doneTitle: "Your old e-mail address is back",
      done: "The account is signed out everywhere. An e-mail with a link to choose a new password is on its way to you.",
      renew: "If you still cannot sign in, ask whoever runs this service for help.",
      taken:
        "Another account has this e-mail address by now, and somebody has proved it for that account, so nothing was changed. If it was you, sign in to that account, delete it or give it another e-mail address, then open this link again: it still works. If it was not, ask whoever runs this service for help.",
    },
  },
  labels: {
    password: "Password",
    newPassword: "New password",
    again: "Password again",
    newAgain: "New password again",
  },
  atLeast: (characters) => `At least ${characters} characters.`,
  ends: {
    ALREADY_VERIFIED: "This e-mail address is verified already. You can close this page and sign in.",
    PASSWORD_ALREADY_SET: "This account has a password already. You can close this page and sign in with it.",
    EMAIL_TAKEN:
      "Another account now has this e-mail address, so nothing was changed. You can close this page and sign in as before.",
  },
  deaths: {
    TOKEN_INVALID: "This link is incomplete, was already used, or was replaced by a newer one.",
    TOKEN_EXPIRED: "This link has expired.",
    ANOTHER_PURPOSE: "This link is for another page. Open it exactly as it appears in the e-mail.",
  },
  refusals: {
    VALIDATION: "The password was not accepted. See what is wrong below; your link still works.",
    FORBIDDEN: "This form was sent from another site, so nothing was done. If it was you, press the button here.",
    UNAVAILABLE: "The service is busy or unavailable. Wait a moment and try again.",
  },
  tooMany: (minutes) => `Too many attempts. Try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`,
  failed: (requestId) =>
    `Something went wrong on our side. Try again. If it keeps happening, tell us this number: ${requestId}`,
  fieldFaults: {},
  front: {
    about: "This server manages the accounts of an app. There is nothing to see here; the app is elsewhere.",
    development: "It runs in development mode. Its mails are in the",
    mailbox: "development mailbox",
    trial: "Try social sign-in",
  },
};
