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
 * theirs and loses everything that whoever registered it has chosen (`takeOver`). Null if the account is
 * disabled. A username that is taken or not allowed is left out. Throws an `Error` if the address is malformed, and
 * `UNAVAILABLE` if accounts with that address come and go too fast.
 */
export async function provideUser(deps: Deps, who: Visitor, input: Person): Promise<UserRow | null> {
  const person = personInput.parse(input);
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const user = await inTransaction(deps, (deps) => findOrCreate(deps, who, person));
    if (user) return user.isDisabled ? null : user;
  }
  throw new KeywrightError("UNAVAILABLE", { retryAfter: 1 });
}

/** Accounts with the same address come and go by other calls. */
const maxAttempts = 3;

/** Null if another call has just created, verified or deleted an account with that address: then there is another one to find. */
async function findOrCreate(deps: Deps, who: Visitor, person: Person): Promise<UserRow | null> {
  const user = await db.findUserByEmail(deps.db, foldName(person.email));
  if (!user) return await createProved(deps, who, person);
  if (user.emailVerifiedAt !== null || user.isDisabled) return user;
  const { email, firstName = "", lastName = "" } = person;
  return await takeOver(deps, who, { email, firstName, lastName });
}

/** Null if the address has been taken meanwhile. */
async function createProved(deps: Deps, who: Visitor, person: Person): Promise<UserRow | null> {
  const emailKey = foldName(person.email);
  for (const { username, usernameKey } of [...allowedNames(deps, person), { username: null, usernameKey: null }]) {
    const user = newUser(deps, person, username);
    if (!(await db.createUser(deps.db, { ...user, emailKey, usernameKey }))) continue;
    await recordEvents(deps, who, { events: [{ kind: "user.registered", userId: user.id }] });
    return user;
  }
  return null;
}

function allowedNames(deps: Deps, { username }: Person): StoredUsername[] {
  try {
    return username === undefined ? [] : [toUsername(deps, username)];
  } catch {
    return [];
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
