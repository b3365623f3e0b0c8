import { apple } from "../providers/apple.js";
import { discord } from "../providers/discord.js";
import { facebook } from "../providers/facebook.js";
import { github } from "../providers/github.js";
import { gitlab } from "../providers/gitlab.js";
import { google } from "../providers/google.js";
import { linkedin } from "../providers/linkedin.js";
import { microsoft } from "../providers/microsoft.js";
import { openIdConnect } from "../providers/open-id-connect.js";
import type { Provider } from "../providers/provider.js";
import { slack } from "../providers/slack.js";
import { spotify } from "../providers/spotify.js";
import { twitch } from "../providers/twitch.js";
import { twitter } from "../providers/twitter.js";
import type { Environment } from "./config-sources.js";

/** A variable's value, by its name without the provider's prefix. */
type ReadValue = (name: string) => string | undefined;

interface Row {
  prefix: string;
  /** Default: `CLIENT_ID` and `CLIENT_SECRET`. */
  required?: readonly string[];
  optional?: readonly string[];
  /** Optional, but only together. */
  pair?: readonly string[];
  create(read: ReadValue): Provider;
}

const secretPair = ["CLIENT_ID", "CLIENT_SECRET"];

const table: readonly Row[] = [
  {
    prefix: "APPLE",
    required: ["CLIENT_ID", "TEAM_ID", "KEY_ID", "PRIVATE_KEY"],
    optional: ["CLIENT_IDS"],
    create: (read) =>
      apple({
        ...clientOf(read),
        teamId: read("TEAM_ID") ?? "",
        keyId: read("KEY_ID") ?? "",
        privateKey: read("PRIVATE_KEY") ?? "",
      }),
  },
  { prefix: "DISCORD", optional: ["CLIENT_IDS"], create: (read) => discord(clientOf(read)) },
  { prefix: "FACEBOOK", create: (read) => facebook(clientOf(read)) },
  { prefix: "GITHUB", create: (read) => github(clientOf(read)) },
  {
    prefix: "GITLAB",
    optional: ["CLIENT_IDS", "BASE_URL"],
    create: (read) => gitlab({ ...clientOf(read), baseUrl: read("BASE_URL") }),
  },
  { prefix: "GOOGLE", optional: ["CLIENT_IDS"], create: (read) => google(clientOf(read)) },
  { prefix: "LINKEDIN", create: (read) => linkedin(clientOf(read)) },
  {
    prefix: "MICROSOFT",
    optional: ["CLIENT_IDS", "TENANT"],
    create: (read) => microsoft({ ...clientOf(read), tenant: read("TENANT") }),
  },
  {
    prefix: "OIDC",
    required: ["ISSUER", ...secretPair],
    optional: ["CLIENT_IDS", "NAME"],
    create(read) {
      const issuer = read("ISSUER") ?? "";
      return openIdConnect({
        id: "oidc",
        name: read("NAME") ?? new URL(issuer).hostname,
        issuer,
        ...clientOf(read),
      });
    },
  },
  { prefix: "SLACK", optional: ["CLIENT_IDS"], create: (read) => slack(clientOf(read)) },
  { prefix: "SPOTIFY", create: (read) => spotify(clientOf(read)) },
  { prefix: "TWITCH", optional: ["CLIENT_IDS"], create: (read) => twitch(clientOf(read)) },
  {
    prefix: "TWITTER",
    pair: ["CONSUMER_KEY", "CONSUMER_SECRET"],
    create(read) {
      const [key, secret] = [read("CONSUMER_KEY"), read("CONSUMER_SECRET")];
      return twitter({ ...clientOf(read), ...(key && secret && { consumer: { key, secret } }) });
    },
  },
];

/** Every variable that configures a provider. */
export const providerVariables: readonly string[] = table.flatMap((row) => [...requiredOf(row), ...optionalOf(row)]);

/**
 * The providers that the environment configures, in alphabetical order. One sentence for each whose variables are wrong
 * or incomplete; it begins with the variable, and repeats no value.
 */
export function readProviders(given: Environment): { providers: Provider[]; faults: string[] } {
  const results = table.map((row) => readRow(row, given));
  return {
    providers: results.flatMap((result) => (typeof result === "object" && result ? [result] : [])),
    faults: results.flatMap((result) => (typeof result === "string" ? [result] : [])),
  };
}

/** The environment takes precedence over a provider of the same id, which keeps its place among the buttons. */
export function mergeProviders(inFile: readonly Provider[], fromEnvironment: readonly Provider[]): Provider[] {
  const isIn = (list: readonly Provider[], id: string) => list.some((provider) => provider.id === id);
  return [
    ...inFile.map((own) => fromEnvironment.find(({ id }) => id === own.id) ?? own),
    ...fromEnvironment.filter(({ id }) => !isIn(inFile, id)),
  ];
}

/** A provider; a sentence about what is wrong; or null if none of its variables is set. */
function readRow(row: Row, given: Environment): Provider | string | null {
  const set = [...requiredOf(row), ...optionalOf(row)].filter((name) => given[name]);
  if (set.length === 0) return null;
  const pair = pairOf(row);
  const needed = [...requiredOf(row), ...(pair.some((name) => given[name]) ? pair : [])];
  const missing = needed.filter((name) => !given[name]);
  if (missing.length > 0) return `${missing.join(" and ")} must be set beside ${set.join(" and ")}.`;
  const wrong = set.find((name) => /_(?:ISSUER|BASE_URL)$/.test(name) && !isAddress(given[name] ?? ""));
  if (wrong) return `${wrong} must be an https address.`;
  try {
    return row.create((name) => given[`${row.prefix}_${name}`] || undefined);
  } catch (error) {
    return sentenceOf(error, row);
  }
}

function requiredOf({ prefix, required = secretPair }: Row): string[] {
  return required.map((name) => `${prefix}_${name}`);
}

function optionalOf(row: Row): string[] {
  return [...(row.optional ?? []).map((name) => `${row.prefix}_${name}`), ...pairOf(row)];
}

function pairOf({ prefix, pair = [] }: Row): string[] {
  return pair.map((name) => `${prefix}_${name}`);
}

/** Plain http only for this machine. */
function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url) return false;
  return (
    url.protocol === "https:" || (url.protocol === "http:" && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname))
  );
}

/** The message is about an option, whose name the variable has in capitals: `privateKey` is PRIVATE_KEY. */
function sentenceOf(error: unknown, { prefix }: Row): string {
  const message = error instanceof Error ? error.message : "";
  return message.replace(/^.*?`(\w+)`/, (_, option: string) => {
    return `${prefix}_${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  });
}

function clientOf(read: ReadValue): { clientId: string; clientSecret: string; clientIds: string[] } {
  return {
    clientId: read("CLIENT_ID") ?? "",
    clientSecret: read("CLIENT_SECRET") ?? "",
    clientIds: (read("CLIENT_IDS") ?? "").split(",").flatMap((id) => id.trim() || []),
  };
}
