import { english, fieldMessagesOf, german, type Messages, messageOf } from "@keywright/client/messages";

const own: Messages = { ...english, INVALID_CREDENTIALS: "No luck." };

/** What a form shows under its button, and beside each field. */
export function told(failure: unknown, language: string): string[] {
  const messages = language.startsWith("de") ? german : own;
  return [messageOf(failure, messages), ...Object.values(fieldMessagesOf(failure, messages))];
}
