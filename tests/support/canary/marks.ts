/**
 * In all that must reach neither a log nor the database. The word is in no path, name or sentence of ours, and what begins
 * with it passes for a word that is made for machines.
 */
export const secretMark = "tweety_s_";
/** In all that the database may keep, and so write down, and no log may: names and addresses. */
export const keptMark = "tweety_k_";

let made = 0;
/** In letters only. */
const next = () => (++made).toString(26).replaceAll(/\d/g, (digit) => String.fromCharCode(113 + Number(digit)));
/** A text that is a secret, like no other. */
export const newSecret = () => secretMark + next();
/** A name, like no other. */
export const newName = () => keptMark + next();

/** A text as it may be quoted: as it stands, in an address, in a form, in base64 wherever it begins. */
function shapesOf(text: string): string[] {
  const shapes = [text, encodeURIComponent(text), new URLSearchParams({ t: text }).toString().slice(2)];
  for (const before of [0, 1, 2]) {
    const whole = Buffer.from("x".repeat(before) + text).toString("base64");
    // Without the characters that depend on what is beside it.
    const sure = whole.slice(before === 0 ? 0 : before + 1, Math.floor(((before + text.length) * 8) / 6));
    shapes.push(sure, sure.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...new Set(shapes)];
}

/** What was found, with its surroundings; empty if nothing. */
export function findIn(text: string, marks: Iterable<string>): string[] {
  return [...marks].flatMap((mark) =>
    shapesOf(mark).flatMap((shape) => {
      const at = text.indexOf(shape);
      return at === -1 ? [] : [text.slice(Math.max(0, at - 150), at + shape.length + 60)];
    }),
  );
}
