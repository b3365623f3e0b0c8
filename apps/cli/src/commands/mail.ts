import { type MailOutcome, type Mails, type OutgoingMail, withMails } from "@keywright/api/operator";
import type { Arguments, Command, Surroundings } from "../contract.js";
import { onDatabase } from "../on-database.js";

export const mail: Command = {
  help: "Shows mails that were not delivered, and sends them again. Needs DATABASE_URL only. With --json, prints JSON.",
  usage: [
    "  list [--state dead|pending|sent|dropped] [--limit 50] [--after PAGE]",
    "  show ID             what is known of one; never its text, link or code",
    "  retry ID... | --all sends waiting mails, or dead ones (--all of them) again, as if they were new",
    "  drop ID...          gives them up, and erases their recipients",
  ],
  options: {
    state: { type: "string" },
    limit: { type: "string" },
    after: { type: "string" },
    all: { type: "boolean" },
    json: { type: "boolean" },
  },
  async run(around, given) {
    const work = understand(given);
    if (work === null) return null;
    return await onDatabase(around, ({ database }) =>
      withMails(database, around.complain, (mails) => work(mails, around)),
    );
  },
};

type Work = (mails: Mails, around: Surroundings) => Promise<number>;

/** Null for what cannot be meant: an unknown word, or an option that belongs to another. */
function understand({ positionals: [verb, ...ids], options }: Arguments): Work | null {
  const { all = false, json = false, ...page } = options;
  const isJson = json === true;
  if (verb === "list") return ids.length > 0 || all ? null : (mails, around) => list(mails, around, { page, isJson });
  if (Object.keys(page).length > 0) return null;
  const [id] = ids;
  if (verb === "show") {
    return id === undefined || ids.length > 1 || all ? null : (mails, around) => show(mails, around, { id, isJson });
  }
  if (verb !== "retry" && verb !== "drop") return null;
  const isClear = all ? ids.length === 0 && verb === "retry" : ids.length > 0;
  return isClear ? (mails, around) => act(mails, around, { verb, ids, isJson }) : null;
}

const states = ["dead", "pending", "sent", "dropped"] as const;

interface Listing {
  page: Arguments["options"];
  isJson: boolean;
}

async function list(mails: Mails, around: Surroundings, { page, isJson }: Listing): Promise<number> {
  const { state: named = "dead", limit = "50", after } = page;
  const state = states.find((known) => known === named);
  if (state === undefined || !/^(?:[1-9]\d?|100)$/.test(String(limit))) {
    around.complain(`--state must be one of ${states.join(", ")}, and --limit a number from 1 to 100.`);
    return 2;
  }
  const found = await mails.list({ state, limit: Number(limit), ...(typeof after === "string" && { after }) });
  if (isJson) around.say(JSON.stringify(found));
  else if (found.mails.length === 0) around.say(`No mail is ${state}.`);
  else for (const row of found.mails) around.say(lineOf(row));
  if (!isJson && found.next !== null) around.say(`More: keywright mail list --state ${state} --after ${found.next}`);
  return 0;
}

function lineOf({ id, kind, to, requestedAt, failures, lastError }: OutgoingMail): string {
  const tries = failures === 0 ? "" : `  ${failures} failed`;
  return plain(
    `${id}  ${requestedAt.toISOString()}  ${kind}  ${to ?? "-"}${tries}${lastError ? `  ${lastError}` : ""}`,
  );
}

async function show(
  mails: Mails,
  around: Surroundings,
  { id, isJson }: { id: string; isJson: boolean },
): Promise<number> {
  const found = await mails.show(id);
  if (found === null) {
    around.complain(`There is no mail ${plain(id)}.`);
    return 1;
  }
  if (isJson) around.say(JSON.stringify(found));
  else for (const [name, value] of Object.entries(found)) around.say(plain(`${name.padEnd(14)} ${textOf(value)}`));
  return 0;
}

function textOf(value: unknown): string {
  if (value === null) return "-";
  return value instanceof Date ? value.toISOString() : String(value);
}

const sentences: Record<"retry" | "drop", Record<MailOutcome, string>> = {
  retry: {
    done: "will be sent again within seconds, by an instance that runs",
    not_found: "there is no such mail",
    being_sent: "is being sent right now",
    over: "was sent or dropped before, and its recipient is erased",
  },
  drop: {
    done: "is dropped, and its recipient erased",
    not_found: "there is no such mail",
    being_sent: "is being sent right now: try again in a minute",
    over: "was sent or dropped before",
  },
};

interface Act {
  verb: "retry" | "drop";
  /** None for all dead ones. */
  ids: string[];
  isJson: boolean;
}

async function act(mails: Mails, around: Surroundings, { verb, ids, isJson }: Act): Promise<number> {
  const { SUDO_USER, USER, LOGNAME } = around.environment;
  const operator = SUDO_USER ?? USER ?? LOGNAME;
  const outcomes: { id: string; outcome: MailOutcome }[] = [];
  for await (const id of ids.length > 0 ? ids : deadIds(mails)) {
    const outcome = await mails[verb](id, operator);
    outcomes.push({ id, outcome });
    const line = plain(`${outcome === "done" ? "✓" : "✗"} ${id}: ${sentences[verb][outcome]}`);
    if (!isJson) (outcome === "done" ? around.say : around.complain)(line);
  }
  if (isJson) around.say(JSON.stringify(outcomes));
  else if (outcomes.length === 0) around.say("No mail is dead.");
  return outcomes.every(({ outcome }) => outcome === "done") ? 0 : 1;
}

/** Page by page, without what is not a mail. */
async function* deadIds(mails: Mails): AsyncGenerator<string> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Mails["list"]>> = await mails.list({ limit: 100, ...(after !== null && { after }) });
    yield* page.mails.filter(({ kind }) => kind !== "revoke_provider_token").map(({ id }) => id);
    after = page.next;
  } while (after !== null);
}

/** An address in a terminal moves no cursor. */
function plain(line: string): string {
  return line.replaceAll(/\p{C}/gu, "?");
}
