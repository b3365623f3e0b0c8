import { germanWarnings } from "./german-warnings.js";
import type { Language } from "./wording.js";

/** Every e-mail that Keywright sends, in German. */
export const german: Language = {
  validFor: (duration) => `Dieser Link funktioniert einmal und ist ${duration} lang gültig.`,
  codeValidFor: (duration) => `Dieser Code funktioniert einmal und ist ${duration} lang gültig.`,
  openLink: "Falls die Schaltfläche nicht funktioniert, öffnen Sie diesen Link in Ihrem Browser:",
  when: "Zeitpunkt",
  ip: "IP-Adresse",
  device: "Gerät",
  mails: {
    verify_email: (app) => ({
      subject: `Bestätigen Sie Ihre E-Mail-Adresse für ${app}`,
      intro: [
        `Diese E-Mail-Adresse wurde bei ${app} angegeben. Wenn Sie das waren, bestätigen Sie bitte, dass sie Ihnen gehört:`,
      ],
      button: "E-Mail-Adresse bestätigen",
      advice: `Wenn Sie das nicht waren, öffnen Sie den Link nicht: Ohne ihn kann niemand Ihre Adresse bei ${app} verwenden.`,
    }),
    reset_password: (app) => ({
      subject: `Ihr Passwort für ${app} zurücksetzen`,
      intro: [
        `Jemand hat ein neues Passwort für Ihr Konto bei ${app} angefordert. Wenn Sie das waren, wählen Sie es hier:`,
      ],
      button: "Neues Passwort wählen",
      advice:
        "Wenn Sie das nicht waren, ignorieren Sie diese E-Mail: Ihr Passwort bleibt unverändert, und nur Sie haben diesen Link.",
    }),
    set_password: (app) => ({
      subject: `Wählen Sie ein Passwort für ${app}`,
      intro: [
        `Wenn Sie sich mit einem Passwort bei ${app} anmelden möchten, wählen Sie es hier. Danach gilt kein anderes mehr:`,
      ],
      button: "Passwort wählen",
      advice:
        "Wenn Sie das nicht angefordert haben, ignorieren Sie diese E-Mail: Es ändert sich nichts, und nur Sie haben diesen Link.",
    }),
    already_registered: (app) => ({
      subject: `Sie haben bereits ein Konto bei ${app}`,
      intro: [
        `Jemand, wahrscheinlich Sie selbst, wollte sich mit dieser E-Mail-Adresse bei ${app} registrieren. Zu ihr gibt es bereits ein Konto.`,
        "Melden Sie sich wie gewohnt an. Wenn Sie das Passwort nicht mehr wissen, können Sie es dort zurücksetzen.",
      ],
      button: `Weiter zu ${app}`,
      advice:
        "Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Wer auch immer es war, hat nicht erfahren, dass Sie ein Konto haben.",
    }),
    confirm_email_change: (app) => ({
      subject: `Bestätigen Sie Ihre neue E-Mail-Adresse für ${app}`,
      intro: [
        `Diese E-Mail-Adresse wurde als neue Adresse eines Kontos bei ${app} angegeben. Bis zur Bestätigung behält das Konto seine bisherige.`,
        "Wenn Sie das waren, bestätigen Sie bitte, dass die Adresse Ihnen gehört:",
      ],
      button: "E-Mail-Adresse bestätigen",
      advice: `Wenn Sie das nicht waren, öffnen Sie den Link nicht: Ohne ihn kann niemand Ihre Adresse bei ${app} verwenden.`,
    }),
    email_in_use: (app) => ({
      subject: `Ihre E-Mail-Adresse wurde für ein anderes Konto bei ${app} angegeben`,
      intro: [
        `Jemand wollte diese E-Mail-Adresse für ein anderes Konto bei ${app} verwenden. Sie gehört zu Ihrem Konto, deshalb wurde nichts geändert.`,
        "Wenn Sie das waren: Eine Adresse kann nur zu einem Konto gehören. Ändern Sie zuerst die Adresse dieses Kontos.",
      ],
      button: `Weiter zu ${app}`,
      advice:
        "Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ihr Konto und seine Adresse bleiben, wie sie sind.",
    }),
    email_changed_notice: (app) => ({
      subject: `Die E-Mail-Adresse Ihres Kontos bei ${app} wurde geändert`,
      intro: [
        `Ihr Konto bei ${app} hat eine neue E-Mail-Adresse und verwendet diese hier nicht mehr. Wenn Sie sie geändert haben, brauchen Sie nichts zu tun.`,
        "Wenn nicht, machen Sie die Änderung rückgängig:",
      ],
      button: "Änderung rückgängig machen",
      advice:
        "Wenn Sie das nicht waren, öffnen Sie jetzt den Link: Das Konto erhält diese Adresse zurück und wird überall abgemeldet, sein Passwort wird gelöscht, und Sie bekommen einen Link, um ein neues zu wählen.",
    }),
    email_restored_notice: (app) => ({
      subject: `Ihr Konto bei ${app} hat wieder diese E-Mail-Adresse`,
      intro: [
        `Die Änderung Ihrer E-Mail-Adresse wurde rückgängig gemacht, und Ihr Konto bei ${app} wurde überall abgemeldet.`,
        "Wer die Adresse geändert hat, kannte möglicherweise Ihr Passwort. Deshalb wurde es gelöscht, und niemand kann sich mehr damit anmelden. Wählen Sie hier ein neues:",
      ],
      button: "Neues Passwort wählen",
      advice:
        "Wenn Sie das nicht waren, kann jemand Ihre E-Mails lesen. Sichern Sie zuerst Ihr Postfach und wählen Sie dann ein neues Passwort.",
    }),
    password_changed_notice: (app) => ({
      subject: `Ihr Passwort für ${app} wurde geändert`,
      intro: [`Das Passwort Ihres Kontos bei ${app} wurde geändert. Das alte gilt nicht mehr.`],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, kannte jemand Ihr Passwort. Setzen Sie es jetzt bei ${app} zurück: Damit wird das Konto überall abgemeldet.`,
    }),
    password_reset_notice: (app) => ({
      subject: `Ihr Passwort für ${app} wurde zurückgesetzt`,
      intro: [`Das Passwort Ihres Kontos bei ${app} wurde zurückgesetzt, und das Konto wurde überall abgemeldet.`],
      button: `Weiter zu ${app}`,
      advice:
        "Wenn Sie das nicht waren, kann jemand Ihre E-Mails lesen. Sichern Sie zuerst Ihr Postfach und setzen Sie dann dieses Passwort erneut zurück.",
    }),
    password_set_notice: (app) => ({
      subject: `Ihr Konto bei ${app} hat jetzt ein Passwort`,
      intro: [`Für Ihr Konto bei ${app} wurde ein Passwort festgelegt. Ab jetzt kann man sich damit anmelden.`],
      button: `Weiter zu ${app}`,
      advice:
        "Wenn Sie das nicht waren, kann jemand Ihre E-Mails lesen. Sichern Sie zuerst Ihr Postfach und setzen Sie dann dieses Passwort zurück.",
    }),
    ...germanWarnings,
    new_sign_in_notice: (app) => ({
      subject: `Neue Anmeldung an Ihrem Konto bei ${app}`,
      intro: [
        `Jemand hat sich an Ihrem Konto bei ${app} mit einem Gerät angemeldet, das dort bisher nicht verwendet wurde. Wenn Sie das waren, brauchen Sie nichts zu tun.`,
      ],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, setzen Sie jetzt Ihr Passwort bei ${app} zurück: Damit wird das Konto überall abgemeldet.`,
    }),
    refresh_reused_notice: (app) => ({
      subject: `Ein Gerät wurde von Ihrem Konto bei ${app} abgemeldet`,
      intro: [
        `Der Schlüssel, mit dem ein Gerät bei Ihrem Konto bei ${app} angemeldet bleibt, wurde zweimal verwendet. Vielleicht hat ihn jemand kopiert, deshalb wurde dieses Gerät abgemeldet.`,
        "Auch ein Gerät, das aus einer Sicherung wiederhergestellt wurde, kann das auslösen. Wenn es Ihres ist, melden Sie sich dort neu an.",
      ],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie ${app} zu diesem Zeitpunkt nicht verwendet haben, setzen Sie dort jetzt Ihr Passwort zurück: Damit wird das Konto überall abgemeldet.`,
    }),
    refresh_shared_notice: (app) => ({
      subject: `Ein Gerät an Ihrem Konto bei ${app} wurde an zwei Orten gesehen`,
      intro: [
        `Der Schlüssel, mit dem ein Gerät bei Ihrem Konto bei ${app} angemeldet bleibt, wurde nacheinander von zwei Orten aus verwendet. Das Gerät ist weiterhin angemeldet.`,
        "Auch ein Telefon, das bei schlechter Verbindung das Netz wechselt, kann das auslösen. Wenn Sie das waren, brauchen Sie nichts zu tun.",
      ],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie ${app} zu diesem Zeitpunkt nicht verwendet haben, setzen Sie dort jetzt Ihr Passwort zurück: Damit wird das Konto überall abgemeldet.`,
    }),
    archived_notice: (app) => ({
      subject: `Ihr Konto bei ${app} wurde archiviert`,
      intro: [
        `Ihr Konto bei ${app} wurde archiviert und überall abgemeldet. Nichts wurde gelöscht: Sobald Sie sich anmelden, ist das Konto wieder da.`,
      ],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, kannte jemand Ihr Passwort. Setzen Sie es bei ${app} zurück und melden Sie sich dann an: Damit ist das Konto wieder da.`,
    }),
    unarchived_notice: (app) => ({
      subject: `Ihr Konto bei ${app} ist wieder aktiv`,
      intro: [
        `Ihr Konto bei ${app} war archiviert. Jemand, wahrscheinlich Sie selbst, hat sich angemeldet, und damit ist es wieder aktiv.`,
      ],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, setzen Sie jetzt Ihr Passwort bei ${app} zurück: Damit wird das Konto überall abgemeldet. Danach können Sie es wieder archivieren.`,
    }),
    deleted_notice: (app) => ({
      subject: `Ihr Konto bei ${app} wurde gelöscht`,
      intro: [`Ihr Konto bei ${app} wurde gelöscht. Es lässt sich nicht wiederherstellen.`],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, wenden Sie sich an die Betreiber von ${app} und ändern Sie Ihr Passwort überall, wo Sie dasselbe verwenden.`,
    }),
    deactivated_notice: (app) => ({
      subject: `Ihr Konto bei ${app} wurde deaktiviert`,
      intro: [`Ihr Konto bei ${app} wurde deaktiviert und überall abgemeldet. Niemand kann sich mehr daran anmelden.`],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, bitten Sie die Betreiber von ${app}, das Konto wieder zu aktivieren, und ändern Sie Ihr Passwort überall, wo Sie dasselbe verwenden.`,
    }),
    step_up_code: (app) => ({
      subject: `Ihr Code für ${app}`,
      intro: [`Um bei ${app} zu bestätigen, dass Sie es sind, geben Sie diesen Code ein:`],
      button: `Weiter zu ${app}`,
      advice:
        "Wenn Sie das nicht angefordert haben, ist jemand anderes an Ihrem Konto angemeldet. Sichern Sie es: Geben Sie den Code niemandem und beenden Sie diese Sitzung.",
    }),
    identity_connected_notice: (app) => ({
      subject: `Ein Anmeldedienst wurde mit Ihrem Konto bei ${app} verbunden`,
      intro: [
        `Mit Ihrem Konto bei ${app} wurde ein Anmeldedienst verbunden. Von jetzt an kann man sich damit anmelden.`,
      ],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, hat jemand Zugang zu Ihrem Konto. Sichern Sie es jetzt: Melden Sie sich bei ${app} an, trennen Sie den Dienst und beenden Sie alle anderen Sitzungen.`,
    }),
    identity_disconnected_notice: (app) => ({
      subject: `Ein Anmeldedienst wurde von Ihrem Konto bei ${app} getrennt`,
      intro: [`Von Ihrem Konto bei ${app} wurde ein Anmeldedienst getrennt. Man kann sich nicht mehr damit anmelden.`],
      button: `Weiter zu ${app}`,
      advice: `Wenn Sie das nicht waren, hat jemand Zugang zu Ihrem Konto. Sichern Sie es jetzt: Melden Sie sich bei ${app} an, beenden Sie alle anderen Sitzungen und verbinden Sie den Dienst wieder.`,
    }),
    sign_in_conflict_notice: (app) => ({
      subject: `So verbinden Sie Ihre Anmeldung bei ${app}`,
      intro: [
        `Jemand, vermutlich Sie selbst, wollte sich bei ${app} mit einem Anmeldedienst anmelden, der diese E-Mail-Adresse hat. Ihr Konto ist mit diesem Dienst nicht verbunden, deshalb wurde nichts geändert.`,
        "Um den Dienst zu verwenden, melden Sie sich wie bisher an und verbinden Sie ihn dann in Ihrem Konto.",
      ],
      button: `Weiter zu ${app}`,
      advice:
        "Wenn Sie das nicht waren, haben Sie hier nichts zu tun: Ihr Konto ist sicher. Aber jemand kann sich bei diesem Dienst mit Ihrer Adresse anmelden.",
    }),
  },
};
