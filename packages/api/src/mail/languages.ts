import { english } from "./english.js";
import { german } from "./german.js";
import type { Language, MailLanguage } from "./wording.js";

/**
 * The texts of each language. To add one: a line here, a name in `mailLanguages` (wording.ts) and a file like german.ts;
 * for the server's pages a file in apps/server/src/words/ and a line in its site.ts. The compiler names what is missing.
 */
export const languages: Record<MailLanguage, Language> = { en: english, de: german };
