import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";
import { cookieOf } from "../support/raw.js";
import { reasonFor } from "../support/reason.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

/** Columns that are in the export. */
const exported: Record<string, readonly string[]> = {
  users: [
    "id",
    "username",
    "email",
    "email_verified_at",
    "first_name",
    "last_name",
    "profile",
    "created_at",
    "last_login_at",
  ],
  passwords: ["updated_at"],
  sessions: [
    "id",
    "expires_at",
    "absolute_expires_at",
    "created_at",
    "last_seen_at",
    "authenticated_at",
    "is_remembered",
    "ip",
    "user_agent",
    "device_name",
  ],
  identities: ["id", "provider", "issuer", "subject", "email", "created_at", "last_used_at"],
  audit_events: ["id", "kind", "session_id", "ip", "user_agent", "at"],
  outbox: ["kind", "address", "ip", "user_agent", "created_at"],
};

/** All others of every table that knows an account or a session, and why they are not. `*`: all of the table. */
const excluded: Record<string, Record<string, string>> = {
  users: {
    username_key: "the username, folded",
    email_key: "the address, folded",
    contested_at: "would tell whoever registered an address that somebody else wants it",
    is_disabled: "never set for somebody who is signed in",
    deactivated_at: "the same",
    archived_at: "the same: signing in restores the account",
    credential_version: "a counter that means nothing outside",
  },
  passwords: { user_id: "the caller", hash: "a secret" },
  sessions: { token_hash: "a secret", user_id: "the caller", next_check_at: "when housekeeping looks at it" },
  identities: { user_id: "the caller", sealed_tokens: "a secret", tokens_leased_until: "of work under way" },
  audit_events: {
    user_id: "the caller",
    operator: "the name of somebody who works for the app",
    subject_id: "of what an operator has dealt with",
  },
  outbox: {
    id: "of work under way",
    seed: "a secret",
    sequence: "the order of work",
    retried_at: "of work under way",
    locked_by: "of work under way",
    beats: "of work under way",
    user_id: "the caller",
    credential_version: "as of the account",
    status: "always `pending`: what is settled has lost its address",
    next_attempt_at: "of work under way",
    locked_until: "of work under way",
    failures: "of work under way",
    rejections: "of work under way",
    secret_hash: "a secret",
    payload: "a secret",
    settled_at: "null while it waits",
    last_error: "of work under way",
  },
  secrets: { "*": "secrets, and who asks for one to an unproved address is not the account's to know" },
  refresh_tokens: { "*": "secrets of a session that is in the export" },
  social_flows: { "*": "secrets, for ten minutes" },
  username_holds: { "*": "a name that somebody chose with this address, who may be a stranger" },
};

async function columns(): Promise<Record<string, string[]>> {
  const rows = await app.sql(`select table_name, column_name from information_schema.columns
    where table_schema = 'keywright' order by ordinal_position`);
  const all: Record<string, string[]> = {};
  for (const row of rows) {
    const table = String(row.table_name);
    all[table] = [...(all[table] ?? []), String(row.column_name)];
  }
  const ofAnAccount = (names: string[]) => names.includes("user_id") || names.includes("session_id");
  return Object.fromEntries(Object.entries(all).filter(([table, names]) => table === "users" || ofAnAccount(names)));
}

/** Signed in on two devices, with a provider, own fields, and mails that wait. */
async function livedIn() {
  const ada = await app.addUser();
  const phone = await app.signedIn(ada, { transport: "bearer" });
  const desk = await app.signedIn(ada, { headers: { "user-agent": "Ada's desk" } });
  const { id } = await desk.user.me.query();
  await app.sql(`update keywright.users set first_name = 'Ada', last_name = 'King', profile = '{"pet": "Duck"}'
    where id = '${id}'`);
  await app.sql(`insert into keywright.identities
    (id, user_id, provider, issuer, subject, email, created_at, last_used_at, sealed_tokens)
    select gen_random_uuid(), id, 'pine', 'https://pine.example', '${ada.username} of pine', 'ada@pine.example', created_at,
      created_at, '\\xabcdef' from keywright.users where id = '${id}'`);
  return { ada, desk, phone, id };
}

describe("asking for everything that is kept about me", () => {
  test("I get every column of every table that knows me, but secrets and what is named here with a reason", async () => {
    const { ada, desk, id } = await livedIn();
    const found = await columns();
    for (const [table, names] of Object.entries(found)) {
      const reasons = Object.keys(excluded[table] ?? {});
      const listed = [...(exported[table] ?? []), ...(reasons.includes("*") ? names : reasons)];
      expect(listed.toSorted(), table).toEqual(names.toSorted());
    }
    await app.withMailAtRest(async () => {
      await desk.user.requestEmailChange.mutate({ email: `next.${ada.email}`, password: ada.password });
      await app.visitor().password.requestReset.mutate({ email: ada.email });
      const answer = await desk.user.export.mutate();
      const text = JSON.stringify(answer);
      const others = await desk.auth.sessions.query();
      expect(answer.sessions.map(({ id }) => id).toSorted()).toEqual(others.map(({ id }) => id).toSorted());
      expect(answer.mails.map(({ kind, to }) => [kind, to])).toEqual([
        ["confirm_email_change", `next.${ada.email}`],
        ["reset_password", ada.email],
      ]);
      const shown = (value: unknown): string =>
        /^\d{4}-\d\d-\d\dT/.test(String(value)) ? new Date(String(value)).toISOString() : String(value);
      for (const [table, names] of Object.entries(exported)) {
        const owner = table === "users" ? "id" : "user_id";
        const rows = await app.sql(`select to_json(kept) as row from keywright.${table} as kept
          where ${owner} = '${id}' ${table === "outbox" ? "and status = 'pending'" : ""}`);
        expect(rows.length, table).toBeGreaterThan(0);
        for (const { row } of rows) {
          const kept: Record<string, unknown> = Object(typeof row === "string" ? JSON.parse(row) : row);
          for (const name of names) {
            if (kept[name] === null) continue;
            const value = name === "profile" ? JSON.stringify(kept[name]) : shown(kept[name]);
            expect(text, `${table}.${name}`).toContain(value);
          }
          const secrets = Object.entries(excluded[table] ?? {}).filter(([, reason]) => reason === "a secret");
          for (const [name] of secrets) if (kept[name]) expect(text).not.toContain(String(kept[name]).slice(3, 40));
        }
      }
    });
  });

  test("I am told the whole of a long history: the newest thousand, and where the rest begins", async () => {
    const { desk, id } = await livedIn();
    await app.sql(`insert into keywright.audit_events (id, user_id, kind, at)
      select gen_random_uuid(), '${id}', 'login.failed', now() - make_interval(hours => n) from generate_series(1, 1500) n`);
    const { events, next } = await desk.user.export.mutate({});
    expect(events).toHaveLength(1000);
    const { events: rest } = await desk.user.events.query({ after: next ?? "", limit: 100 });
    expect(rest).toHaveLength(100);
    expect(rest[0]?.at.getTime()).toBeLessThanOrEqual(events.at(-1)?.at.getTime() ?? 0);
  });

  test("I must have signed in just now, and can ask by myself only, a few times an hour", async () => {
    const { ada, desk } = await livedIn();
    expect(await reasonFor(app.visitor().user.export.mutate())).toBe("NOT_AUTHENTICATED");
    const headers = { cookie: await cookieOf(app, ada), origin: publicUrl };
    expect((await app.post("user.export", { id: "somebody" }, headers)).status).toBe(400);
    expect((await app.post("user.export", {}, headers)).status).toBe(200);
    expect((await app.post("user.export", {}, { ...headers, origin: "https://evil.example" })).status).toBe(403);
    app.travel(11 * 60_000);
    expect(await reasonFor(desk.user.export.mutate())).toBe("REAUTHENTICATION_REQUIRED");
    await desk.auth.reauthenticate.mutate({ password: ada.password });
    expect((await desk.user.export.mutate()).user).toMatchObject({ email: ada.email, emailVerified: true });
  });

  test("Mallory is not told who asks for links to an address that she has registered and not proved", async () => {
    const email = "unproved@example.com";
    const mallory = app.visitor();
    await mallory.registration.register.mutate({ email, password: "mallory's horse" });
    await app.deliverMail();
    const before = await mallory.user.export.mutate();
    await app.withMailAtRest(async () => {
      await app.visitor().password.requestReset.mutate({ email });
      expect(await mallory.user.export.mutate()).toEqual(before);
    });
    await app.deliverMail();
    expect(await mallory.user.export.mutate()).toEqual(before);
    expect(before.mails).toEqual([]);
  });
});
