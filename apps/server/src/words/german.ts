import type { Words } from "./words.js";

export const german: Words = {
  language: "de",
  landings: {
    verify_email: {
      title: "E-Mail-Adresse bestätigen",
      intro: (email) => `Bestätigen Sie mit der Schaltfläche, dass ${email ?? "diese E-Mail-Adresse"} Ihnen gehört.`,
      button: "E-Mail-Adresse bestätigen",
      doneTitle: "Ihre E-Mail-Adresse ist bestätigt",
      done: "Vielen Dank. Sie können diese Seite schließen und sich anmelden.",
      renew: "Fordern Sie dort, wo Sie sich registriert haben, eine neue Bestätigungs-E-Mail an.",
    },
    reset_password: {
      title: "Neues Passwort wählen",
      intro: (email) =>
        `Hier legen Sie ein neues Passwort für ${email ?? "Ihr Konto"} fest. Das Konto wird dabei überall abgemeldet.`,
      button: "Neues Passwort festlegen",
      doneTitle: "Ihr neues Passwort ist festgelegt",
      done: "Sie sind überall abgemeldet. Sie können diese Seite schließen und sich mit dem neuen Passwort anmelden.",
      renew: "Fordern Sie bei der Anmeldung unter „Passwort vergessen“ einen neuen Link an.",
    },
    set_password: {
      title: "Passwort wählen",
      intro: (email) => `Hier legen Sie das erste Passwort für ${email ?? "Ihr Konto"} fest.`,
      button: "Passwort festlegen",
      doneTitle: "Ihr Passwort ist festgelegt",
      done: "Sie können diese Seite schließen und sich damit anmelden.",
      renew: "Fordern Sie bei der Anmeldung unter „Passwort vergessen“ einen neuen Link an.",
    },
    change_email: {
      title: "Neue E-Mail-Adresse bestätigen",
      intro: (email) =>
        `Mit der Schaltfläche wird ${email ?? "diese E-Mail-Adresse"} die Adresse Ihres Kontos. Das Konto wird dabei überall abgemeldet.`,
      button: "Diese E-Mail-Adresse verwenden",
      doneTitle: "Ihre E-Mail-Adresse ist geändert",
      done: "Sie sind überall abgemeldet. Sie können diese Seite schließen und sich mit der neuen Adresse anmelden.",
      renew: "Ändern Sie die E-Mail-Adresse dort, wo Sie angemeldet sind, noch einmal.",
    },
    undo_email_change: {
      title: "Änderung Ihrer E-Mail-Adresse rückgängig machen",
      intro: (email) =>
        `Mit der Schaltfläche erhält Ihr Konto ${email ?? "seine alte E-Mail-Adresse"} zurück. Das Konto wird dabei überall abgemeldet, und sein Passwort wird gelöscht.`,
      button: "Alte E-Mail-Adresse wiederherstellen",
      doneTitle: "Ihr Konto hat wieder die alte E-Mail-Adresse",
      done: "Das Konto ist überall abgemeldet. Eine E-Mail mit einem Link, um ein neues Passwort zu wählen, ist unterwegs zu Ihnen.",
      renew: "Wenn Sie sich weiterhin nicht anmelden können, wenden Sie sich an die Betreiber dieses Dienstes.",
      taken:
        "Diese E-Mail-Adresse gehört inzwischen zu einem anderen Konto, für das sie auch bestätigt wurde, deshalb wurde nichts geändert. Wenn Sie das waren, melden Sie sich bei jenem Konto an, löschen Sie es oder geben Sie ihm eine andere E-Mail-Adresse, und öffnen Sie dann diesen Link noch einmal: Er gilt weiterhin. Wenn nicht, fragen Sie den Betreiber dieses Dienstes.",
    },
  },
  labels: {
    password: "Passwort",
    newPassword: "Neues Passwort",
    again: "Passwort wiederholen",
    newAgain: "Neues Passwort wiederholen",
  },
  atLeast: (characters) => `Mindestens ${characters} Zeichen.`,
  ends: {
    ALREADY_VERIFIED: "Diese E-Mail-Adresse ist schon bestätigt. Sie können diese Seite schließen und sich anmelden.",
    PASSWORD_ALREADY_SET:
      "Dieses Konto hat schon ein Passwort. Sie können diese Seite schließen und sich damit anmelden.",
    EMAIL_TAKEN:
      "Diese E-Mail-Adresse gehört inzwischen zu einem anderen Konto, deshalb wurde nichts geändert. Sie können diese Seite schließen und sich wie bisher anmelden.",
  },
  deaths: {
    TOKEN_INVALID: "Dieser Link ist unvollständig, wurde schon verwendet oder durch einen neueren ersetzt.",
    TOKEN_EXPIRED: "Dieser Link ist abgelaufen.",
    ANOTHER_PURPOSE: "Dieser Link gehört zu einer anderen Seite. Öffnen Sie ihn genau so, wie er in der E-Mail steht.",
  },
  refusals: {
    VALIDATION: "Das Passwort wurde nicht angenommen. Unten steht, woran es liegt; Ihr Link funktioniert weiterhin.",
    FORBIDDEN:
      "Dieses Formular wurde von einer anderen Website gesendet, deshalb ist nichts geschehen. Wenn Sie das waren, drücken Sie hier die Schaltfläche.",
    UNAVAILABLE: "Der Dienst ist gerade überlastet oder nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.",
  },
  tooMany: (minutes) =>
    `Zu viele Versuche. Bitte versuchen Sie es in ${minutes === 1 ? "einer Minute" : `${minutes} Minuten`} noch einmal.`,
  failed: (requestId) =>
    `Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal. Wenn es dabei bleibt, nennen Sie uns diese Nummer: ${requestId}`,
  fieldFaults: {
    REQUIRED: "Bitte füllen Sie dieses Feld aus.",
    INVALID: "Diese Angabe ist ungültig.",
    TOO_SHORT: "Das ist zu kurz.",
    TOO_LONG: "Das ist zu lang.",
    PASSWORD_MISMATCH: "Die beiden Passwörter sind verschieden.",
    PASSWORD_TOO_SHORT: "Dieses Passwort ist zu kurz.",
    PASSWORD_TOO_LONG: "Dieses Passwort ist zu lang.",
    PASSWORD_TOO_COMMON: "Dieses Passwort gehört zu den häufigsten. Bitte wählen Sie ein anderes.",
    PASSWORD_TOO_SIMILAR: "Dieses Passwort ähnelt Ihren anderen Angaben zu sehr.",
    PASSWORD_ENTIRELY_NUMERIC: "Ein Passwort darf nicht nur aus Ziffern bestehen.",
    PASSWORD_BREACHED: "Dieses Passwort ist aus einem Datenleck bekannt. Bitte wählen Sie ein anderes.",
    PASSWORD_UNCHANGED: "Das ist Ihr bisheriges Passwort.",
  },
  front: {
    about: "Dieser Server verwaltet die Konten einer App. Hier gibt es nichts zu sehen; die App ist woanders.",
    development: "Er läuft zur Entwicklung. Seine E-Mails sind im",
    mailbox: "Entwicklungs-Postfach",
    trial: "Anmeldung mit einem Dienst ausprobieren",
  },
};
