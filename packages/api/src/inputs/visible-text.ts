/** Joins letters or keeps them apart, as names in Persian, Sinhala or Malayalam do. */
const joiner = "[\\u200C\\u200D]";
/** Ends a word in the older spelling of some Indic letters: a virama and a joiner. */
const indicEnd = "(?<=[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D4D\\u0DCA])\\u200D";
/** UTS #51: a family, a flag of a region. */
const emojiJoiner = "(?<=[\\p{Extended_Pictographic}\\uFE0F\\p{Emoji_Modifier}])\\u200D(?=\\p{Extended_Pictographic})";
const regionFlag = "(?<=\\u{1F3F4})[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{3,6}\\u{E007F}";
/** Chooses the form of the character before it: of an emoji, or of a Han character in a Japanese name. */
const selector = "(?<=[^\\s\\p{Default_Ignorable_Code_Point}])\\p{Variation_Selector}";

const meaningful = new RegExp(
  [`(?<=[\\p{L}\\p{M}])${joiner}(?=[\\p{L}\\p{M}])`, indicEnd, emojiJoiner, regionFlag, selector].join("|"),
  "gu",
);

/** Controls, line breaks, marks of direction, and what nobody sees: a blank of Braille is no blank to programs. */
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/u;

/**
 * Whether people see all of a text: it is well-formed, and every character that shows nothing by itself is one that
 * changes how its neighbours look, as scripts and emoji need it. PostgreSQL can store neither NUL nor ill-formed text.
 */
export function isVisible(text: string): boolean {
  return text.isWellFormed() && !unseen.test(text.replaceAll(meaningful, ""));
}
