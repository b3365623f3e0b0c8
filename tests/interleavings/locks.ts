import type { Sent } from "./player.js";

/** The order in which all transactions lock tables: docs/decisions/0020 says why. */
export const lockOrder = [
  "users",
  "secrets",
  "identities",
  "passwords",
  "username_holds",
  "social_flows",
  "social_grants",
  "sessions",
  "refresh_tokens",
  "outbox",
  "audit_events",
];

/** Their new rows lock the account that they refer to. */
const partsOfAccount = new Set(["secrets", "passwords", "identities", "social_flows", "sessions"]);

/** The transactions among what a call sent, each with its statements. */
export function transactionsOf(sent: readonly Sent[]): string[][] {
  const open = new Map<number, string[]>();
  const all: string[][] = [];
  for (const { text, pid, hasRows } of sent) {
    const current = open.get(pid);
    // Without an account, the other parts of the statement find nothing either.
    if (!hasRows && /\bupdate "keywright"\."users"/.test(text)) continue;
    if (/^begin/i.test(text)) open.set(pid, []);
    else if (/^(?:commit|rollback)$/i.test(text)) {
      if (current) all.push(current);
      open.delete(pid);
    } else current?.push(text);
  }
  return all;
}

/** The tables whose rows a statement writes or locks. */
export function lockedBy(statement: string): string[] {
  const written = [...statement.matchAll(/\b(?:insert into|update|delete from) "keywright"\."(\w+)"/g)];
  const inserted = [...statement.matchAll(/\binsert into "keywright"\."(\w+)"/g)].map(([, table]) => table ?? "");
  const parents = inserted.some((table) => partsOfAccount.has(table)) ? ["users"] : [];
  const selected = [...statement.matchAll(/\bfor (?:no key update|update|share|key share)\b/g)];
  const tables = [
    ...parents,
    ...written.map(([, table]) => table ?? ""),
    ...selected.flatMap(({ index }) => sourcesOf(innermost(statement.slice(0, index)))),
  ];
  return [...new Set(tables)];
}

/** What is wrong with the order in which a transaction locks tables for the first time; null if nothing is. */
export function disorderOf(statements: readonly string[]): string | null {
  const held = new Set<string>();
  for (const statement of statements) {
    const fresh = lockedBy(statement).filter((table) => !held.has(table));
    const unknown = fresh.find((table) => !lockOrder.includes(table));
    if (unknown !== undefined) return `${unknown} has no place in the order, and does not belong in a transaction`;
    const last = Math.max(-1, ...[...held].map((table) => lockOrder.indexOf(table)));
    const late = fresh.find((table) => lockOrder.indexOf(table) < last);
    if (late !== undefined) return `${late} is locked after ${lockOrder[last]}: ${statement.slice(0, 160)}`;
    for (const table of fresh) held.add(table);
  }
  return null;
}

/** The beginning of the select that a text ends in: what follows its last parenthesis that is still open. */
function innermost(text: string): string {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ")") depth++;
    else if (text[at] === "(" && --depth < 0) return text.slice(at + 1);
  }
  return text;
}

/** The tables that a select reads itself, not by selects within it. */
function sourcesOf(select: string): string[] {
  let own = select;
  for (let before = ""; before !== own; ) {
    before = own;
    own = own.replace(/\([^()]*\)/g, "");
  }
  return [...own.matchAll(/\b(?:from|join) "keywright"\."(\w+)"/g)].map(([, table]) => table ?? "");
}
