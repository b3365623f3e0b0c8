import { domainToASCII, domainToUnicode } from "node:url";

/** RFC 5321, 4.5.3.1.1 and 4.5.3.1.3, less the angle brackets around an address. */
const maxLocal = 64;
const maxAddress = 254;
/** No spelling of an address is longer: each character of a name outside ASCII costs at least one in its A-label. */
const maxTyped = 2 * maxAddress;

/** A dot-atom of RFC 5322, 3.2.3. Not a quoted string: programs differ on where that ends (GHSA-5jpx-9hw9-2fx4). */
const localPart = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
/** RFC 1034, 3.5, with at least two labels, of which the last is a word or an A-label. */
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const hostName = new RegExp(`^(?:${label}\\.)+(?:[a-z]{2,63}|xn--${label})$`, "i");

/**
 * An address as people type it, in the form that is stored, compared and mailed to: without the blanks around it, and
 * with a domain outside ASCII as A-labels (RFC 5890), so that both spellings of it are one address. Null if it is none, or
 * none that every mail server delivers to: its local part must be ASCII. Nothing is folded that was not checked before
 * (the class of CVE-2019-19844). Takes linear time.
 */
export function toEmailAddress(typed: string): string | null {
  const text = typed.trim();
  if (text.length > maxTyped) return null;
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(at, 0));
  const domain = toHostName(text.slice(at + 1));
  if (domain === null || local.length > maxLocal || !localPart.test(local)) return null;
  const address = `${local}@${domain}`;
  return address.length <= maxAddress ? address : null;
}

function toHostName(typed: string): string | null {
  const isPlain = /^[a-z0-9.-]*$/i.test(typed) && !/xn--/i.test(typed);
  const domain = isPlain ? typed : toALabels(typed);
  return domain !== null && hostName.test(domain) ? domain : null;
}

/**
 * By UTS #46 as browsers apply it, without its transitional mappings. It may change the case of letters, and compose
 * them, and nothing else: full-width letters, other dots and invisible characters would turn one name into another.
 */
function toALabels(typed: string): string | null {
  const ascii = domainToASCII(typed);
  const [from, to, back] = [typed, ascii, domainToUnicode(ascii)].map((name) => name.split("."));
  if (!from || !to || !back || from.length !== to.length) return null;
  const isFaithful = from.every((part, index) => isSpellingOf(part, to[index] ?? "", back[index] ?? ""));
  return isFaithful ? ascii : null;
}

function isSpellingOf(typed: string, aLabel: string, uLabel: string): boolean {
  if (/^-|-$/.test(typed) || /^-|-$/.test(uLabel)) return false;
  if (aLabel.startsWith("xn--") && !isDecoded(aLabel, uLabel)) return false;
  if (/^[a-z0-9-]+$/i.test(typed)) return typed.toLowerCase() === aLabel;
  return aLabel.startsWith("xn--") && inOneCase(typed) === inOneCase(uLabel);
}

/** Some versions of Node (24) leave as it is what they cannot decode, where others (20, 22) make the whole name empty. */
function isDecoded(aLabel: string, uLabel: string): boolean {
  return uLabel !== aLabel && domainToASCII(uLabel) === aLabel;
}

/** Capitals, because two small letters can have one (sigma). */
function inOneCase(text: string): string {
  return text.normalize("NFC").toUpperCase();
}
