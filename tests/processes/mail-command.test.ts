import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { mailFailure } from "@keywright/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../apps/cli/src/command.js";
import { createTestApp, type TestApp } from "../support/app.js";
import { createEmptyDatabase } from "../support/database.js";

const mailer = { isDown: true };
const sent: string[] = [];
let app: TestApp;
let folder: string;
beforeAll(async () => {
  const send = async ({ to }: { to: string }) => {
    if (mailer.isDown) throw mailFailure("address", "550 5.1.1");
    sent.push(to);
  };
  app = await createTestApp({ mailer: { send, close: async () => {} } });
  folder = await mkdtemp(`${tmpdir()}/keywright-mail-`);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await app.sql("delete from keywright.outbox");
  mailer.isDown = true;
  sent.length = 0;
});

async function keywright(...args: string[]) {
  const said: string[] = [];
  const complaints: string[] = [];
  const environment = { DATABASE_URL: app.database.url ?? "", USER: "ada" };
  const code = await runCommand(args, {
    environment,
    folder,
    say: (line) => void said.push(line),
    complain: (line) => void complaints.push(line),
  });
  return { code, said, complaints };
}

async function deadMails(...names: string[]) {
  for (const name of names) {
    await app.visitor().registration.register.mutate({ email: `${name}@example.com`, password: "correct horse" });
  }
  await app.deliverMail();
  return (await app.keywright.mails.list()).mails.map(({ id }) => id).toReversed();
}

describe("(O2) keywright mail", () => {
  test("lists the dead ones, shows one without its link, and sends it again", async () => {
    const [id = ""] = await deadMails("ada");
    const { code, said } = await keywright("mail", "list");
    expect([code, said]).toEqual([
      0,
      [expect.stringMatching(new RegExp(`^${id}  \\S+  verify_email  ada@example.com`))],
    ]);
    const shown = await keywright("mail", "show", id);
    expect(shown.said.join("\n")).toMatch(/^state +dead$/m);
    expect(shown.said.join("\n")).not.toMatch(/kwo_|token=|seed/);
    const again = await keywright("mail", "retry", id);
    expect(again).toEqual({
      code: 0,
      said: [`✓ ${id}: will be sent again within seconds, by an instance that runs`],
      complaints: [],
    });
    mailer.isDown = false;
    await app.deliverMail();
    expect(sent).toEqual(["ada@example.com"]);
    expect(await app.sql("select operator from keywright.audit_events where kind = 'mail.retried'")).toEqual([
      { operator: "ada" },
    ]);
    expect(await keywright("mail", "retry", id)).toMatchObject({
      code: 1,
      complaints: [expect.stringContaining("sent or dropped before")],
    });
  });

  test("sends all dead ones again, and drops several", async () => {
    await deadMails("bob", "eve");
    expect((await keywright("mail", "retry", "--all")).code).toBe(0);
    await app.deliverMail();
    const ids = (await app.keywright.mails.list()).mails.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect((await keywright("mail", "drop", ...ids)).code).toBe(0);
    expect((await keywright("mail", "list")).said).toEqual(["No mail is dead."]);
    expect((await keywright("mail", "list", "--state", "dropped")).said).toHaveLength(2);
    expect((await keywright("mail", "retry", "--all")).said).toEqual(["No mail is dead."]);
  });

  test("prints JSON for programs, by pages", async () => {
    const ids = await deadMails("one", "two");
    const first = JSON.parse((await keywright("mail", "list", "--json", "--limit", "1")).said.join(""));
    expect(first.mails.map(({ id }: { id: string }) => id)).toEqual([ids[1]]);
    const next = JSON.parse((await keywright("mail", "list", "--json", "--after", first.next)).said.join(""));
    expect([next.mails.map(({ id }: { id: string }) => id), next.next]).toEqual([[ids[0]], null]);
    const dropped = await keywright("mail", "drop", ...ids, "--json");
    expect(JSON.parse(dropped.said.join(""))).toEqual(ids.map((id) => ({ id, outcome: "done" })));
  });

  test("says so if there is no such mail, and exits with 1", async () => {
    const none = "01890000-0000-7000-8000-000000000000";
    for (const id of [none, "nonsense"]) {
      expect(await keywright("mail", "show", id)).toEqual({
        code: 1,
        said: [],
        complaints: [`There is no mail ${id}.`],
      });
      expect(await keywright("mail", "drop", id)).toEqual({
        code: 1,
        said: [],
        complaints: [`✗ ${id}: there is no such mail`],
      });
    }
  });

  test.each([
    [["mail"]],
    [["mail", "send"]],
    [["mail", "show"]],
    [["mail", "retry"]],
    [["mail", "retry", "--all", "01890000-0000-7000-8000-000000000000"]],
    [["mail", "drop", "--all"]],
    [["mail", "list", "--state", "lost"]],
    [["mail", "list", "--limit", "1000"]],
  ])("does not guess what %j means", async (args) => {
    const { code, said, complaints } = await keywright(...args);
    expect([code, said, complaints.length]).toEqual([2, [], 1]);
  });

  test("says what to do if the tables are of another version", async () => {
    const empty = await createEmptyDatabase();
    const complaints: string[] = [];
    const around = {
      environment: { DATABASE_URL: empty.url },
      folder,
      say: () => {},
      complain: (line: string) => void complaints.push(line),
    };
    expect(await runCommand(["mail", "list"], around)).toBe(1);
    expect(complaints).toEqual([expect.stringContaining("run `keywright migrate` first")]);
    await empty.drop();
  });
});
