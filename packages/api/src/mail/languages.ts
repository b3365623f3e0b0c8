import { english } from "./english.js";
import { german } from "./german.js";
import type { Language, MailLanguage } from "./wording.js";

/** Every language that mails are written in. A third one is a line here, one in `mailLanguages`, and its file. */
export const languages: Record<MailLanguage, Language> = { en: english, de: german };
