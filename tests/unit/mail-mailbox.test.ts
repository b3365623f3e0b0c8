import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Mail } from "../../packages/api/src/mail/mail.js";
import { createMailbox } from "../../packages/api/src/mail/mailbox.js";

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "kw-mailbox-"));
  folder = join(parent, "mailbox");
});
afterEach(() => rm(parent, { recursive: true }));

function mail(number: number): Mail {
  return {
    to: "ada@example.com",
    subject: `Mail ${number}`,
    text: "Hello",
    html: "<p>Hello</p>",
    links: ["https://app.test/verify?token=abc"],
    messageId: `<${number}@keywright.test>`,
  };
}

async function subjects(): Promise<string[]> {
  return (await createMailbox(folder).list()).map(({ subject }) => subject);
}

test("I see my mails newest first, even those of one millisecond", async () => {
  const at = new Date("2026-01-02T03:04:05.678Z");
  const mailbox = createMailbox(folder, () => at);
  for (const number of [1, 2, 3, 4, 5, 6]) await mailbox.send(mail(number));
  const { messageId: _, ...content } = mail(1);
  expect((await mailbox.list())[5]).toEqual({ ...content, sentAt: "2026-01-02T03:04:05.678Z" });
  expect(await subjects()).toEqual(["Mail 6", "Mail 5", "Mail 4", "Mail 3", "Mail 2", "Mail 1"]);
});

test("a mailbox without mails is empty", async () => {
  expect(await createMailbox(folder).list()).toEqual([]);
});

test("two processes in one folder share the mailbox, and it outlives both", async () => {
  const [server, script] = [createMailbox(folder), createMailbox(folder)];
  await Promise.all([1, 2, 3, 4].map((number) => (number % 2 ? server : script).send(mail(number))));
  expect(await server.list()).toEqual(await script.list());
  await Promise.all([server.close(), script.close()]);
  expect((await subjects()).sort()).toEqual(["Mail 1", "Mail 2", "Mail 3", "Mail 4"]);
});

test("a second attempt at a mail replaces the first", async () => {
  const mailbox = createMailbox(folder);
  await mailbox.send(mail(1));
  await mailbox.send(mail(2));
  await createMailbox(folder).send(mail(1));
  expect((await subjects()).sort()).toEqual(["Mail 1", "Mail 2"]);
});

test("only the newest 500 are kept", async () => {
  const mailbox = createMailbox(folder);
  await mailbox.send(mail(0));
  const foreign = Array.from({ length: 500 }, (_, index) => `${index}`.padStart(15, "0"));
  await Promise.all(foreign.map((time) => writeFile(join(folder, `${time}-${"0".repeat(32)}.json`), "{}")));
  await mailbox.send(mail(1));
  const names = (await readdir(folder)).sort();
  expect(names).toHaveLength(500);
  expect(names[0]).toMatch(/^0{12}002-/);
});

test("only I can read the files, also where the folder was open before", async () => {
  await mkdir(folder, { mode: 0o755 });
  await createMailbox(folder).send(mail(1));
  const [name = "", ...others] = await readdir(folder);
  expect(others).toEqual([]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
});

test("half-written and foreign files are passed over", async () => {
  await createMailbox(folder).send(mail(1));
  const tag = `-${"0".repeat(32)}.json`;
  await writeFile(join(folder, `000000000000001${tag}`), '{"to":"ada@exam');
  await writeFile(join(folder, `000000000000002${tag}`), '{"to":7}');
  await writeFile(join(folder, ".draft.tmp"), "{");
  await writeFile(join(folder, "notes.json"), "{}");
  await mkdir(join(folder, `000000000000003${tag}`));
  expect(await subjects()).toEqual(["Mail 1"]);
});
