import { afterAll, expect, test, vi } from "vitest";
import { playSecondAct } from "../../examples/demo/src/second-act.js";
import { playFirstAct } from "../../examples/demo/src/story.js";
import { createTestDatabase } from "../support/database.js";
import { createServers } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
afterAll(() => servers.close());

test("the demo plays the life of an account against a server that runs, step by step", async () => {
  const database = await createTestDatabase();
  const { url } = await servers.start({ DATABASE_URL: database.url ?? "" });
  const steps: string[] = [];
  const account = await playFirstAct(url, (step) => steps.push(step));
  await playSecondAct(url, (step) => steps.push(step), account);
  const procedures = [
    "registration.register",
    "registration.verifyEmail",
    "auth.login",
    "password.reset",
    "password.change on the laptop",
    "auth.logout",
  ];
  expect(steps).toEqual(expect.arrayContaining(procedures));
  await servers.close();
  await database.drop();
});
