import type { Language } from "./wording.js";

/** What is mailed about somebody who tries to get in, in German. */
export const germanWarnings: Pick<Language["mails"], "password_guesses_notice"> = {
  password_guesses_notice: (app) => ({
    subject: `An Ihrem Konto bei ${app} wurden falsche Passwörter probiert`,
    intro: [
      `Jemand hat viele Male versucht, sich mit falschen Passwörtern an Ihrem Konto bei ${app} anzumelden.`,
      "Solange das andauert, kann auf einem Gerät, das Sie dort noch nicht verwendet haben, auch das richtige Passwort für einige Minuten abgewiesen werden. Setzen Sie es dann zurück: Damit kommen Sie sofort hinein.",
    ],
    button: `Weiter zu ${app}`,
    advice: `Wenn Sie das nicht waren, brauchen Sie nichts zu tun, solange Ihr Passwort lang ist und nur bei ${app} gilt. Sonst setzen Sie es dort zurück.`,
  }),
};
