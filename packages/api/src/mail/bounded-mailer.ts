import { inTime } from "../hooks.js";
import { loggableError } from "../log.js";
import type { Mailer } from "./mail.js";

/** More than SMTP's own limits come to. */
const sendMs = 35_000;
const closeMs = 5_000;

/** A mailer that hangs would hold its mails, and the server's end, for ever. */
export function boundedMailer(mailer: Mailer): Mailer {
  return {
    send: (mail) =>
      inTime(
        sendMs,
        () => mailer.send(mail),
        () => loggableError("The mailer did not finish in time."),
      ),
    close: () =>
      inTime(
        closeMs,
        () => mailer.close(),
        () => loggableError("The mailer did not close in time."),
      ).catch(() => {}),
  };
}
