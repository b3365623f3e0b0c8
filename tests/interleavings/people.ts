import { createHash } from "node:crypto";
import { provideUser } from "@keywright/api";
import type { TestApp, TestConfig, TestUser } from "../support/app.js";
import { ownProvider } from "../support/own-provider.js";
import { type Device, type SignedInDevice, signInBy, startedBy, type Transport } from "./calls.js";
import type { Play } from "./ring.js";

export const password = "correct horse";

/** The same password has the same hash, so that two outcomes can be compared. */
const hash = async (text: string) => createHash("sha256").update(text).digest("hex");

/** What the provider says of whoever has the token `name`; `subject` if that is not a person of its own. */
const own = (name: string, email: string | null, { isVouched = true, subject = name } = {}) => ({
  [name]: { email, isEmailVouched: isVouched, authenticatedAt: new Date(), subject },
});

export const settings = {
  passwordHasher: { hash, verify: async (stored: string, text: string) => stored === (await hash(text)) },
  providers: [
    ownProvider({
      ...own("ada", "ada@example.com"),
      ...own("unproved", "unproved@example.com", { isVouched: false }),
      ...own("other", null),
      // Two people who have each typed the other's address once.
      ...own("ada mistyped", "bob@example.com", { isVouched: false, subject: "ada" }),
      ...own("bob mistyped", "ada@example.com", { isVouched: false, subject: "bob" }),
      ...own("bob", "bob@example.com"),
    }),
  ],
  session: { freshMinutes: 1440 },
  tokens: { accessMinutes: 60 },
} satisfies TestConfig;

/** What one of two callers has: two sessions of the account, each of which may be the caller's own. */
export interface Seats {
  first: SignedInDevice;
  second: SignedInDevice;
  /** Nobody's own. */
  third: SignedInDevice;
}

export async function seat(app: TestApp, transport: Transport, user: TestUser): Promise<Seats> {
  const first = await signInBy(app, transport, user);
  const second = await signInBy(app, transport, user);
  return { first, second, third: await signInBy(app, "cookie", user) };
}

/** The same for an account that is signed in to with the provider. */
export async function seatByProvider(app: TestApp, transport: Transport, accessToken: string): Promise<Seats> {
  const device: Device = transport === "bearer" ? { "keywright-transport": "bearer" } : {};
  const options = { input: { provider: "own", accessToken }, device };
  const first = await startedBy(app, "social.login", options);
  return {
    first,
    second: await startedBy(app, "social.login", options),
    third: await startedBy(app, "social.login", { input: options.input }),
  };
}

/**
 * Delivers the waiting mail of a kind at an instance, as its worker does; the ring holds back what is queued meanwhile. If
 * the account changes under a mail, it is given back, and delivered by its next attempt.
 */
export function minting({ sql }: Pick<TestApp, "sql">, kind: string): Play {
  const makeDue = async (which: string) =>
    (await sql(`update keywright.outbox set next_attempt_at = '2000-01-01' where ${which} returning id`)).length > 0;
  return async (app) => {
    let isDue = await makeDue(`kind = '${kind}'`);
    for (let attempt = 0; isDue && attempt < 3; attempt++) {
      await app.keywright.deliverMail();
      isDue = await makeDue("status = 'pending' and last_error like 'Not delivered yet%'");
    }
    return { reason: null, body: null, cookie: "none" };
  };
}

/** Skips what is locked, and finds it the next time. */
export const housekeeping: Play = async (app) => {
  await app.keywright.cleanUp();
  return { reason: "SKIPPED", body: null, cookie: "none" };
};

/** A directory that vouches for somebody. */
export function providing(email: string): Play {
  return async ({ keywright: { deps } }) => {
    const who = { ip: null, userAgent: null, transport: "cookie", presented: null, requestId: "-" } as const;
    const user = await provideUser(deps, who, { email, firstName: "Provided" });
    return { reason: null, body: user?.email ?? null, cookie: "none" };
  };
}

/** Does `work`, and keeps the mails that it queues in the queue: one that was tried waits for its next attempt. */
export async function queueing(app: TestApp, work: () => Promise<unknown>): Promise<void> {
  await app.withMailAtRest(async () => {
    await work();
    await app.sql(
      "update keywright.outbox set next_attempt_at = '2100-01-01', last_error = 'held back' where status = 'pending'",
    );
  });
}
