import { english } from "./english.js";
import { german } from "./german.js";
import type { Language, MailLanguage } from "./wording.js";

/** The texts of each language. To add one: a line here, a name in `mailLanguages`, and a file like german.ts. */
export const languages: Record<MailLanguage, Language> = { en: english, de: german };
