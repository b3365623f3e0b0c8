import type { Keywright } from "@keywright/api";
import { english } from "./words/english.js";
import { german } from "./words/german.js";
import type { Words } from "./words/words.js";

/** What the pages say and whose they are, after the settings. */
export interface Site {
  appName: string;
  words: Words;
  /** For the hint at a password; the procedure has the rules. */
  minPasswordLength: number;
}

type Settings = Keywright["deps"]["settings"];

/** Pages are in the language of the mails that lead to them. */
const languages: Record<Settings["mail"]["language"], Words> = { en: english, de: german };

export function siteOf({ mail, password }: Pick<Settings, "mail" | "password">): Site {
  return { appName: mail.appName, words: languages[mail.language], minPasswordLength: password.minLength };
}
