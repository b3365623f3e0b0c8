import { randomUUID } from "node:crypto";
import type { UserRow } from "@keywright/db";
import * as db from "@keywright/db";
import { KeywrightError } from "../contract/reasons.js";
import { type Deps, inTransaction } from "../deps.js";
import { foldName } from "../inputs/fields.js";
import { type Person, personInput } from "../inputs/person.js";
import type { Visitor } from "../who.js";
import { recordEvents } from "./audit.js";
import { takeOver } from "./take-over.js";
import { type StoredUsername, toUsername } from "./usernames.js";

/**
 * Finds or creates the account of a person vouched for by another directory: call it after that directory has
 * authenticated the person, with an address that it has verified. An unverified account with that address becomes
 * theirs: it loses everything that whoever registered it has chosen, and gets the directory's names (`takeOver`). Null if
 * the account is disabled. A username that is taken or not allowed is left out. Throws an `Error` if the address is
 * malformed, and `UNAVAILABLE` if accounts with it come and go too fast.
 */
export async function provideUser(deps: Deps, who: Visitor, input: Person): Promise<UserRow | null> {
  const person = personInput.parse(input);
  let username = allowedName(deps, person);
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    try {
      const user = await inTransaction(deps, (deps) => findOrCreate(deps, who, { person, username }));
      if (user) return user.isDisabled ? null : user;
    } catch (error) {
      // Somebody else has just taken it.
      if (db.violatedConstraint(error) !== "users_username_key") throw error;
      username = null;
    }
  }
  throw new KeywrightError("UNAVAILABLE", { retryAfter: 1 });
}

/** Other calls create, verify and delete accounts with the same address. */
const maxAttempts = 4;

/** What the account is to be: the directory's word, and a username that may be taken. */
interface Provided {
  person: Person;
  username: StoredUsername | null;
}

/** Null if the account has just been created, verified, disabled or deleted by another call: look again. */
async function findOrCreate(deps: Deps, who: Visitor, { person, username }: Provided): Promise<UserRow | null> {
  const { email, firstName = "", lastName = "" } = person;
  const user = await db.findUserByEmail(deps.db, foldName(email));
  if (!user) return await createProved(deps, who, { person, username });
  if (user.emailVerifiedAt !== null || user.isDisabled) return user;
  const claim = { email, username: await freeName(deps, username, user.id), firstName, lastName };
  return await takeOver(deps, who, claim);
}

/** Null if the address has been taken meanwhile. */
async function createProved(deps: Deps, who: Visitor, { person, username }: Provided): Promise<UserRow | null> {
  const emailKey = foldName(person.email);
  for (const name of [await freeName(deps, username), null]) {
    const user = newUser(deps, person, name?.username ?? null);
    if (!(await db.createUser(deps.db, { ...user, emailKey, usernameKey: name?.usernameKey ?? null }))) continue;
    await recordEvents(deps, who, { events: [{ kind: "user.registered", userId: user.id }] });
    return user;
  }
  return null;
}

async function freeName(deps: Deps, name: StoredUsername | null, ownId?: string): Promise<StoredUsername | null> {
  if (name === null) return null;
  const taken = await db.findTaken(deps.db, { emailKey: null, usernameKey: name.usernameKey }, ownId);
  return taken.username ? null : name;
}

function allowedName(deps: Deps, { username }: Person): StoredUsername | null {
  try {
    return username === undefined ? null : toUsername(deps, username);
  } catch {
    return null;
  }
}

function newUser(deps: Deps, { email, firstName = "", lastName = "" }: Person, username: string | null): UserRow {
  const now = deps.now();
  return {
    id: randomUUID(),
    username,
    email,
    emailVerifiedAt: now,
    firstName,
    lastName,
    profile: {},
    isDisabled: false,
    archivedAt: null,
    credentialVersion: 0,
    createdAt: now,
    lastLoginAt: null,
    hasPassword: false,
  };
}
