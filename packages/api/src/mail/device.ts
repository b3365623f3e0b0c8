// Order matters: most browsers also call themselves Chrome and Safari, and Android calls itself Linux.
const browsers = [
  ["Edg", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser", "Samsung Internet"],
  ["Firefox", "Firefox"],
  ["FxiOS", "Firefox"],
  ["CriOS", "Chrome"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;

const systems = [
  ["iPhone", "iOS"],
  ["iPad", "iPadOS"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["CrOS", "ChromeOS"],
  ["Mac OS X", "macOS"],
  ["Linux", "Linux"],
] as const;

/**
 * "Firefox, Linux" for a user agent, or null. The caller controls the user agent, which could carry a message or a web
 * address into somebody else's mailbox, so only words from these tables are used.
 */
export function describeDevice(userAgent: string): string | null {
  const found = [browsers, systems].map((table) => table.find(([token]) => userAgent.includes(token))?.[1]);
  return found.filter((name) => name !== undefined).join(", ") || null;
}
