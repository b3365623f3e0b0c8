import type { Keywright } from "@keywright/api";
import { basePath } from "./base-path.js";
import { english } from "./words/english.js";
import { german } from "./words/german.js";
import type { Words } from "./words/words.js";

/** The texts of the pages and the app's name, from the settings. */
export interface Site {
  appName: string;
  words: Words;
  /** For the hint below a password field; the procedure enforces the rules. */
  minPasswordLength: number;
  /** The path below which everything is served; empty for a whole host. */
  base: string;
}

type Settings = Keywright["deps"]["settings"];

/** Pages are in the language of the mails that link to them. */
const languages: Record<Settings["mail"]["language"], Words> = { en: english, de: german };

export function siteOf({ mail, password }: Pick<Settings, "mail" | "password">, publicUrl: string): Site {
  return {
    appName: mail.appName,
    words: languages[mail.language],
    minPasswordLength: password.minLength,
    base: basePath(publicUrl),
  };
}
