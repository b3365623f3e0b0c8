import { randomUUID } from "node:crypto";
import type { KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { cookieOf, origin } from "../support/raw.js";

// Every change is made through one instance and looked at through the other: nothing may live in a process.
let app: TestApp;
let other: TestApp;
let keeping: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  other = await createTestApp({}, app.database);
  keeping = await createTestApp({ user: { deletion: "deactivate" } }, app.database);
});
afterAll(async () => {
  await keeping.close();
  await other.close();
  await app.close();
});

const password = "correct horse";
const newPassword = "battery staple";

/** All that can be outstanding of an account when its credentials change. */
const artefacts = [
  "other cookie session",
  "other access token",
  "other refresh token",
  "own session",
  "reset link",
  "verify link",
  "set link",
  "change-email link",
  "undo link",
] as const;
type Artefact = (typeof artefacts)[number];

/** An account with everything outstanding, and the device that makes the change. */
interface Stage {
  id: string;
  email: string;
  oldEmail: string;
  /** Makes a call of the device that makes the change: a client of ours would get itself a new session. */
  act(path: string, input: object, instance?: TestApp): Promise<void>;
  browser: KeywrightClient;
  own: { cookie: string } | { access: string };
  access: string;
  refresh: string;
  links: Record<"reset" | "verify" | "set" | "change" | "undo", string>;
}

type Transport = "cookie" | "bearer";
type Change = (stage: Stage) => Promise<unknown>;

const undoLives = { "undo link": "the way back of the old mailbox's owner survives whatever the new one's does" };
const mailboxOutranks = {
  ...undoLives,
  "reset link": "it proves the mailbox, and whoever changes the password may only have learnt the old one",
};
const othersStay = "the caller asked to keep the other devices signed in";

/** What each change leaves alive, and why. Everything else is dead. */
const table: [name: string, change: Change, survives: Partial<Record<Artefact, string>>][] = [
  [
    "a password change",
    ({ act }) => act("password.change", { currentPassword: password, newPassword }),
    mailboxOutranks, // the own session dies, too: the caller goes on with a new one
  ],
  [
    "a password change that keeps the others",
    ({ act }) => act("password.change", { currentPassword: password, newPassword, keepOtherSessions: true }),
    {
      "other cookie session": othersStay,
      "other access token": othersStay,
      "other refresh token": othersStay,
      ...mailboxOutranks,
    },
  ],
  ["a reset", ({ links }) => app.visitor().password.reset.mutate({ token: links.reset, newPassword }), undoLives],
  [
    "a first password",
    async ({ id, links }) => {
      await app.sql(`delete from keywright.passwords where user_id = '${id}'`);
      await app.visitor().password.set.mutate({ token: links.set, newPassword });
    },
    undoLives,
  ],
  [
    "a new address that I confirm signed in",
    ({ act, links }) => act("user.confirmEmailChange", { token: links.change }),
    { "own session": "whoever follows the link is signed in, and asked for it", ...undoLives },
  ],
  [
    "a new address that is confirmed elsewhere",
    ({ links }) => app.visitor().user.confirmEmailChange.mutate({ token: links.change }),
    undoLives,
  ],
  ["a change of address undone", ({ links }) => app.visitor().user.undoEmailChange.mutate({ token: links.undo }), {}],
  ["an archiving", ({ act }) => act("user.archive", { password }), mailboxOutranks],
  ["a deletion", ({ act }) => act("user.delete", { password }), {}],
  [
    "a deactivation", // no reset: an account that was closed at its own address is the operator's to open
    ({ act }) => act("user.delete", { password }, keeping),
    undoLives,
  ],
];

/** Staged by SQL where no account has all of this at once: a proved address has no verify link, a password no set link. */
async function prepare(transport: Transport): Promise<Stage> {
  const ada = await app.addUser();
  const email = `now-${ada.email}`;
  const first = await app.signedIn(ada);
  await first.user.requestEmailChange.mutate({ email, password });
  await first.user.confirmEmailChange.mutate({ token: await mailedToken(app, email, "/confirm-email") });
  const undo = await mailedToken(app, ada.email, "/undo-email-change");
  const user = { ...ada, email };
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate({ email, password });
  const { id } = await first.user.me.query();
  const own = await ownSession(transport, email);
  const links = { undo, ...(await linksOf({ id, email }, first)) };
  const { accessToken: access = "", refreshToken: refresh = "" } = tokens ?? {};
  const act = async (path: string, input: object, instance = app) => {
    const answer = await instance.post(path, input, { origin, "keywright-transport": transport, ...shown(own) });
    expect(answer.status).toBe(200);
  };
  return { id, email, oldEmail: ada.email, act, browser: await app.signedIn(user), own, access, refresh, links };
}

async function linksOf({ id, email }: { id: string; email: string }, device: KeywrightClient) {
  await app.visitor().password.requestReset.mutate({ email });
  const reset = await mailedToken(app, email, "/reset-password");
  await app.sql(`update keywright.users set email_verified_at = null where id = '${id}'`);
  await app.visitor().registration.resendVerification.mutate({ email });
  const verify = await mailedToken(app, email, "/verify-email");
  await app.sql(`update keywright.users set email_verified_at = created_at where id = '${id}'`);
  const keep = `kept_${randomUUID().replaceAll("-", "")}`;
  await app.sql(`create table ${keep} as select * from keywright.passwords where user_id = '${id}'`);
  await app.sql(`delete from keywright.passwords where user_id = '${id}'`);
  await app.visitor().password.requestReset.mutate({ email });
  const set = await mailedToken(app, email, "/set-password");
  await app.sql(`insert into keywright.passwords select * from ${keep}`);
  await app.sql(`drop table ${keep}`);
  const next = `next-${email}`;
  await device.user.requestEmailChange.mutate({ email: next, password });
  return { reset, verify, set, change: await mailedToken(app, next, "/confirm-email") };
}

async function ownSession(transport: Transport, email: string) {
  if (transport === "cookie") return { cookie: await cookieOf(app, { email, password, username: "" }) };
  const { tokens } = await app.visitor({ transport }).auth.login.mutate({ email, password });
  return { access: tokens?.accessToken ?? "" };
}

/** Each is tried in earnest. Those that end others when they work come last. */
async function survivorsOf({ browser, own, access, refresh, links }: Stage): Promise<Artefact[]> {
  const visitor = other.visitor();
  const tries: [Artefact, () => Promise<boolean>][] = [
    ["other cookie session", () => works(browser.user.me.query())],
    ["own session", async () => (await other.get("user.me", shown(own))).status === 200],
    ["other access token", async () => (await other.get("user.me", shown({ access }))).status === 200],
    ["other refresh token", () => works(visitor.auth.refreshToken.mutate({ refreshToken: refresh }))],
    ["verify link", () => works(visitor.registration.verifyEmail.mutate({ token: links.verify }))],
    ["set link", () => works(visitor.password.set.mutate({ token: links.set, newPassword }))],
    ["change-email link", () => works(visitor.user.confirmEmailChange.mutate({ token: links.change }))],
    ["reset link", () => works(visitor.password.reset.mutate({ token: links.reset, newPassword }))],
    ["undo link", () => works(visitor.user.undoEmailChange.mutate({ token: links.undo }))],
  ];
  const alive: Artefact[] = [];
  for (const [artefact, isAlive] of tries) if (await isAlive()) alive.push(artefact);
  return alive;
}

function shown(own: { cookie: string } | { access: string }): Record<string, string> {
  return "cookie" in own ? { cookie: own.cookie } : { authorization: `Bearer ${own.access}` };
}

function works(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}

describe.each(["cookie", "bearer"] as const)("what outlives a change that is made by %s", (transport) => {
  test.each(table)("%s leaves alive what the table says, and nothing else", async (_name, change, survives) => {
    const stage = await prepare(transport);
    await change(stage);
    const expected = artefacts.filter((artefact) => artefact in survives);
    expect((await survivorsOf(stage)).toSorted()).toEqual(expected.toSorted());
  });
});

describe("the stage itself", () => {
  test.each(artefacts)("the %s is alive before anything changes", async (artefact) => {
    expect(await aliveAlone(artefact)).toBe(true);
  });

  /** Alone, since some of them end others; a set link needs an account without a password, a verify link an unproved one. */
  async function aliveAlone(artefact: Artefact): Promise<boolean> {
    const stage = await prepare("cookie");
    const { id, links } = stage;
    const visitor = other.visitor();
    if (artefact === "set link") await app.sql(`delete from keywright.passwords where user_id = '${id}'`);
    if (artefact === "verify link")
      await app.sql(`update keywright.users set email_verified_at = null where id = '${id}'`);
    const link: Partial<Record<Artefact, () => Promise<unknown>>> = {
      "verify link": () => visitor.registration.verifyEmail.mutate({ token: links.verify }),
      "set link": () => visitor.password.set.mutate({ token: links.set, newPassword }),
      "reset link": () => visitor.password.reset.mutate({ token: links.reset, newPassword }),
      "change-email link": () => visitor.user.confirmEmailChange.mutate({ token: links.change }),
      "undo link": () => visitor.user.undoEmailChange.mutate({ token: links.undo }),
    };
    const use = link[artefact];
    if (use) return await works(use());
    return (
      await survivorsOf({ ...stage, links: { reset: "-", verify: "-", set: "-", change: "-", undo: "-" } })
    ).includes(artefact);
  }
});
