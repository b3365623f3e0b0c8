import { openApiDocument } from "@keywright/api";
import * as runtime from "@oazapfts/runtime";
import * as query from "@oazapfts/runtime/query";
import { Validator } from "@seriousme/openapi-schema-validator";
import openapiFetch from "openapi-fetch";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkerOf } from "../support/openapi.js";
import { generatedPrograms } from "../support/openapi-clients.js";
import { appRouter } from "../support/router.js";
import { complaints, runSample } from "../support/samples.js";
import { createServers, get, mailedLink, post, type ServerProcess } from "../support/server-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const servers = createServers();
const ada = { email: "ada@example.com", password: "correct horse battery" };
let server: ServerProcess;
let served: Response;
let text: string;
beforeAll(async () => {
  server = await servers.start();
  await post(server.url, "registration.register", ada);
  served = await fetch(`${server.url}/openapi.json`);
  text = await served.text();
});
afterAll(() => servers.close());

test("a tool on any page may read the document, and keep it for five minutes", async () => {
  expect(served.status).toBe(200);
  expect(Object.fromEntries(served.headers)).toMatchObject({
    "content-type": "application/json",
    "cache-control": "public, max-age=300",
    "access-control-allow-origin": "*",
  });
  expect(served.headers.get("access-control-allow-credentials")).toBeNull();
  expect(await (await fetch(`${server.url}/openapi.json`)).text()).toBe(text);
});

test("the document is valid, and the one of the procedures that are served", async () => {
  expect(await new Validator().validate(JSON.parse(text))).toEqual({ valid: true });
  const { info } = JSON.parse(text);
  const made = await openApiDocument(appRouter, { ...info, serverUrl: server.url });
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(made)));
  expect(info).toMatchObject({ title: "Keywright", version: "0.2.0" });
});

test("the running server answers as its document says", async () => {
  const checker = checkerOf(JSON.parse(text));
  const link = await mailedLink(server, ada.email);
  const wrong = { ...ada, password: "wrong horse" };
  const bearer = { "keywright-transport": "bearer" };
  const login = await post(server.url, "auth.login", ada, bearer);
  const { accessToken } = Object(login.data).tokens;
  const mine = { authorization: `Bearer ${accessToken}` };
  const answers = {
    "auth.login": [login, await post(server.url, "auth.login", ada), await post(server.url, "auth.login", wrong)],
    "auth.verifyToken": [await post(server.url, "auth.verifyToken", { token: accessToken })],
    "registration.register": [await post(server.url, "registration.register", ada)],
    "registration.verifyEmail": [
      await post(server.url, "registration.verifyEmail", { token: link.searchParams.get("token") }),
      await post(server.url, "registration.verifyEmail", {}),
    ],
    "user.me": [await get(server.url, "user.me", mine), await get(server.url, "user.me")],
    "user.events": [await get(server.url, "user.events", mine), await get(server.url, "user.events?input={}", mine)],
    "auth.config": [await get(server.url, "auth.config")],
    "auth.logout": [await post(server.url, "auth.logout", {}, mine)],
  };
  for (const [procedure, all] of Object.entries(answers)) {
    for (const { status, body } of all) {
      expect([procedure, status, checker.answerFaults(procedure, status, JSON.parse(body))]).toEqual([
        procedure,
        status,
        [],
      ]);
    }
  }
  const statuses = Object.values(answers).map((all) => all.map(({ status }) => status).join(" "));
  expect(statuses).toEqual(["200 200 401", "200", "409", "200 400", "200 401", "200 200", "200", "200"]);
});

test("clients that two generators made of it sign in, and are told why not", async () => {
  const { fetchClient, functions } = await generatedPrograms(`${server.url}/openapi.json`);
  // What oazapfts writes is not for `exactOptionalPropertyTypes`.
  expect(complaints([fetchClient, functions], { exactOptionalPropertyTypes: false })).toEqual([[], []]);
  const modules = {
    "openapi-fetch": { __esModule: true, default: openapiFetch },
    "@oazapfts/runtime": runtime,
    "@oazapfts/runtime/query": query,
  };
  for (const program of [fetchClient, functions]) {
    const { signIn } = runSample(program, modules);
    if (typeof signIn !== "function") throw new Error("The generated program has no signIn.");
    expect(await signIn(server.url, ada.email, ada.password)).toBe("signed_in, session.started");
    expect(await signIn(server.url, ada.email, "wrong horse")).toBe("wrong address or password");
  }
});
