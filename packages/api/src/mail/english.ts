import type { Language } from "./wording.js";

/** Every e-mail that Keywright sends, in English. */
export const english: Language = {
  validFor: (duration) => `This link works once, for ${duration}.`,
  codeValidFor: (duration) => `This code works once, for ${duration}.`,
  openLink: "If the button does not work, open this link in your browser:",
  when: "When",
  ip: "IP address",
  device: "Device",
  mails: {
    verify_email: (app) => ({
      subject: `Verify your e-mail address for ${app}`,
      intro: [`This e-mail address was entered at ${app}. If that was you, verify that the address is yours:`],
      button: "Verify e-mail address",
      advice: `If this was not you, do not open the link: without it, nobody can use your address at ${app}.`,
    }),
    reset_password: (app) => ({
      subject: `Reset your ${app} password`,
      intro: [`Somebody asked for a new password for your ${app} account. If that was you, choose one here:`],
      button: "Choose a new password",
      advice: "If this was not you, ignore this e-mail: your password stays as it is, and only you have this link.",
    }),
    set_password: (app) => ({
      subject: `Choose a password for ${app}`,
      intro: [
        `To sign in to your ${app} account with a password, choose one here. From then on no other password works:`,
      ],
      button: "Choose a password",
      advice: "If you did not ask for this, ignore this e-mail: nothing changes, and only you have this link.",
    }),
    already_registered: (app) => ({
      subject: `You already have an account at ${app}`,
      intro: [
        `Somebody, most likely you, tried to sign up at ${app} with this e-mail address. It has an account already.`,
        "Sign in as usual. If you no longer know the password, you can reset it there.",
      ],
      button: `Go to ${app}`,
      advice:
        "If this was not you, you need not do anything: whoever it was has not been told that you have an account.",
    }),
    confirm_email_change: (app) => ({
      subject: `Confirm your new e-mail address for ${app}`,
      intro: [
        `This e-mail address was entered as the new address of an account at ${app}. Until it is confirmed, the account keeps its old one.`,
        "If that was you, confirm that the address is yours:",
      ],
      button: "Confirm e-mail address",
      advice: `If this was not you, do not open the link: without it, nobody can use your address at ${app}.`,
    }),
    email_in_use: (app) => ({
      subject: `Your e-mail address was entered for another account at ${app}`,
      intro: [
        `Somebody wanted to use this e-mail address for another account at ${app}. It belongs to your account, so nothing was changed.`,
        "If that was you: an address can belong to one account only. Change the address of this account first.",
      ],
      button: `Go to ${app}`,
      advice: "If this was not you, you need not do anything: your account and its address stay as they are.",
    }),
    email_changed_notice: (app) => ({
      subject: `The e-mail address of your ${app} account was changed`,
      intro: [
        `Your ${app} account has a new e-mail address and no longer uses this one. If you changed it, you need not do anything.`,
        "If you did not, undo the change:",
      ],
      button: "Undo the change",
      advice:
        "If this was not you, open the link now: the account gets this address back and is signed out everywhere, its password is deleted, and you are sent a link to choose a new one.",
    }),
    email_restored_notice: (app) => ({
      subject: `Your ${app} account has this e-mail address again`,
      intro: [
        `The change of your e-mail address was undone, and your ${app} account was signed out everywhere.`,
        "Whoever changed the address may have known your password, so it was deleted. Nobody can sign in with it any more. Choose a new one here:",
      ],
      button: "Choose a new password",
      advice:
        "If this was not you, somebody can read your e-mail. Secure your mailbox first, then choose a new password.",
    }),
    password_changed_notice: (app) => ({
      subject: `Your ${app} password was changed`,
      intro: [`The password of your ${app} account was changed. The old one no longer works.`],
      button: `Go to ${app}`,
      advice: `If this was not you, somebody knew your password. Reset it at ${app} now: that signs the account out everywhere.`,
    }),
    password_reset_notice: (app) => ({
      subject: `Your ${app} password was reset`,
      intro: [`The password of your ${app} account was reset, and the account was signed out everywhere.`],
      button: `Go to ${app}`,
      advice:
        "If this was not you, somebody can read your e-mail. Secure your mailbox first, then reset this password again.",
    }),
    password_set_notice: (app) => ({
      subject: `Your ${app} account has a password now`,
      intro: [`A password was set for your ${app} account. From now on it can be used to sign in.`],
      button: `Go to ${app}`,
      advice:
        "If this was not you, somebody can read your e-mail. Secure your mailbox first, then reset this password.",
    }),
    password_guesses_notice: (app) => ({
      subject: `Wrong passwords were tried on your ${app} account`,
      intro: [
        `Somebody tried many times to sign in to your ${app} account with wrong passwords.`,
        "While it goes on, even the right password can be refused for some minutes on a device that you have not used there before. Reset it then: that lets you in at once.",
      ],
      button: `Go to ${app}`,
      advice: `If this was not you, you need not do anything, as long as your password is long and used at ${app} only. Otherwise reset it there.`,
    }),
    new_sign_in_notice: (app) => ({
      subject: `New sign-in to your ${app} account`,
      intro: [
        `Somebody signed in to your ${app} account from a device that was not used for it before. If that was you, you need not do anything.`,
      ],
      button: `Go to ${app}`,
      advice: `If this was not you, reset your password at ${app} now: that signs the account out everywhere.`,
    }),
    refresh_reused_notice: (app) => ({
      subject: `A device was signed out of your ${app} account`,
      intro: [
        `The key that keeps a device signed in to your ${app} account was used twice. Somebody may have copied it, so that device was signed out.`,
        "A device that was restored from a backup can do this too. If it is yours, sign in there again.",
      ],
      button: `Go to ${app}`,
      advice: `If you were not using ${app} at this time, reset your password there now: that signs the account out everywhere.`,
    }),
    refresh_shared_notice: (app) => ({
      subject: `A device on your ${app} account was seen in two places`,
      intro: [
        `The key that keeps a device signed in to your ${app} account was used from two places, one soon after the other. The device is still signed in.`,
        "A phone that changes networks while its connection is poor can do this too. If that was you, you need not do anything.",
      ],
      button: `Go to ${app}`,
      advice: `If you were not using ${app} at this time, reset your password there now: that signs the account out everywhere.`,
    }),
    archived_notice: (app) => ({
      subject: `Your ${app} account was archived`,
      intro: [
        `Your ${app} account was archived and signed out everywhere. Nothing was deleted: the account comes back when you sign in.`,
      ],
      button: `Go to ${app}`,
      advice: `If this was not you, somebody knew your password. Reset it at ${app}, then sign in: that brings the account back.`,
    }),
    unarchived_notice: (app) => ({
      subject: `Your ${app} account is active again`,
      intro: [`Your ${app} account was archived. Somebody, most likely you, signed in to it, and so it came back.`],
      button: `Go to ${app}`,
      advice: `If this was not you, reset your password at ${app} now: that signs the account out everywhere. Then you can archive it again.`,
    }),
    deleted_notice: (app) => ({
      subject: `Your ${app} account was deleted`,
      intro: [`Your ${app} account was deleted. It cannot be brought back.`],
      button: `Go to ${app}`,
      advice: `If this was not you, tell the people who run ${app}, and change your password wherever else you use the same one.`,
    }),
    deactivated_notice: (app) => ({
      subject: `Your ${app} account was deactivated`,
      intro: [`Your ${app} account was deactivated and signed out everywhere. Nobody can sign in to it any more.`],
      button: `Go to ${app}`,
      advice: `If this was not you, ask the people who run ${app} to activate the account again, and change your password wherever else you use the same one.`,
    }),
    step_up_code: (app) => ({
      subject: `Your code for ${app}`,
      intro: [`To confirm at ${app} that it is you, enter this code:`],
      button: `Go to ${app}`,
      advice:
        "If you did not ask for this, somebody is signed in to your account: tell nobody the code, and end that session.",
    }),
    identity_connected_notice: (app) => ({
      subject: `A sign-in provider was connected to your ${app} account`,
      intro: [`A sign-in provider was connected to your ${app} account. From now on it can be used to sign in.`],
      button: `Go to ${app}`,
      advice: `If this was not you, secure your account now: sign in at ${app}, disconnect the provider and end all other sessions.`,
    }),
    identity_disconnected_notice: (app) => ({
      subject: `A sign-in provider was disconnected from your ${app} account`,
      intro: [`A sign-in provider was disconnected from your ${app} account. It can no longer be used to sign in.`],
      button: `Go to ${app}`,
      advice: `If this was not you, secure your account now: sign in at ${app} and end all other sessions, then connect the provider again.`,
    }),
    sign_in_conflict_notice: (app) => ({
      subject: `How to connect your sign-in at ${app}`,
      intro: [
        `Somebody, most likely you, tried to sign in at ${app} with a provider that has this e-mail address. Your account is not connected to that provider, so nothing was changed.`,
        "To use the provider, sign in the way you did before, then connect it in your account.",
      ],
      button: `Go to ${app}`,
      advice:
        "If this was not you, you need not do anything here: your account is safe. But somebody can sign in at that provider with your address.",
    }),
  },
};
