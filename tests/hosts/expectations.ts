import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createKeywrightClient, type KeywrightClient } from "@keywright/client";
import { describe, expect, test } from "vitest";
import { createBrowser } from "../support/browser.js";
import type { RunningHost } from "./host-process.js";

/** What every host has to do, whatever its adapter is called. */
export function expectations(host: () => RunningHost): void {
  describe("an account", () => {
    test("goes its way: registered, verified, signed in, out", () => story(host()));
    test("is asked for by a procedure of the app's own", () => ownProcedure(host()));
    test("signs in with a provider", () => roundTrip(host()));
    test("is refused with a reason that the client can read", () => refusal(host()));
  });

  describe("a request", () => {
    test("of another content type is refused", () => contentType(host()));
    test("of another site's page is refused", () => foreignOrigin(host()));
    test("H2: that is too large is refused, whether it says so or not", () => largeBodies(host()));
    test("H2: for too many calls is refused", () => largeBatch(host()));
    test("is answered with nothing that anybody keeps", () => closedAnswers(host()));
    test("H9: comes from where the proxy says, or the socket", () => callerAddress(host()));
  });
}

const password = "correct horse battery";
const people = { count: 0 };

function visitor({ origin, trpc }: RunningHost, headers: Record<string, string> = {}) {
  const browser = createBrowser((request) => fetch(request), headers);
  return { browser, client: createKeywrightClient({ url: `${origin}${trpc}`, fetch: browser.fetch }) };
}

async function newcomer(host: RunningHost): Promise<{ client: KeywrightClient; email: string }> {
  const email = `person${++people.count}@example.com`;
  const { client } = visitor(host);
  await client.registration.register.mutate({ email, password });
  return { client, email };
}

async function mailedToken({ smtp }: RunningHost, address: string): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const mail = smtp.mails.find(({ to }) => to === address);
    const token = /token=([\w-]+)/.exec(mail?.text ?? "")?.[1];
    if (token) return token;
    await sleep(100);
  }
  throw new Error(`No mail came to ${address}.`);
}

async function story(host: RunningHost): Promise<void> {
  const { email } = await newcomer(host);
  const { browser, client } = visitor(host);
  await client.registration.verifyEmail.mutate({ token: await mailedToken(host, email) });
  await client.auth.login.mutate({ email, password });
  expect([...browser.jar.keys()].toSorted()).toEqual(["keywright-device", "keywright-session"]);
  expect(await client.user.me.query()).toMatchObject({ email, emailVerified: true });
  await client.auth.logout.mutate({});
  expect([...browser.jar.keys()]).toEqual(["keywright-device"]);
  await expect(client.user.me.query()).rejects.toMatchObject({ data: { reason: "NOT_AUTHENTICATED" } });
}

async function ownProcedure(host: RunningHost): Promise<void> {
  const { email } = await newcomer(host);
  const { browser, client } = visitor(host);
  const url = `${host.origin}${host.trpc}/posts.mine`;
  const stranger = await browser.fetch(url);
  expect([stranger.status, reasonIn(await stranger.json())]).toEqual([401, "NOT_AUTHENTICATED"]);
  await client.auth.login.mutate({ email, password });
  expect(await (await browser.fetch(url)).json()).toMatchObject({ result: { data: { json: [`A post of ${email}`] } } });
}

async function roundTrip(host: RunningHost): Promise<void> {
  host.idp.people.set("ada", { email: "ada@example.com", email_verified: true, given_name: "Ada" });
  const { browser, client } = visitor(host);
  const { authorizationUrl } = await client.social.start.mutate({ provider: "acme" });
  const back = await host.idp.signIn(authorizationUrl, "ada");
  const answer = await browser.fetch(back, { redirect: "manual" });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, `${host.origin}/`]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await client.user.me.query()).toMatchObject({ email: "ada@example.com", firstName: "Ada" });
}

async function refusal(host: RunningHost): Promise<void> {
  const { email } = await newcomer(host);
  const { client } = visitor(host);
  const wrong = client.auth.login.mutate({ email, password: "wrong" });
  await expect(wrong).rejects.toMatchObject({ data: { reason: "INVALID_CREDENTIALS", httpStatus: 401 } });
  const answer = await post(host, "auth.login", { email, password, surprise: 1 });
  expect(await answer.json()).toMatchObject({
    error: { json: { data: { reason: "VALIDATION", fields: { surprise: [{ reason: "UNKNOWN_FIELD" }] } } } },
  });
}

async function contentType(host: RunningHost): Promise<void> {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const answer = await post(host, "auth.logout", {}, { "content-type": type });
    expect([type, answer.status]).toEqual([type, 415]);
  }
}

async function foreignOrigin(host: RunningHost): Promise<void> {
  const { email } = await newcomer(host);
  const answer = await post(host, "auth.login", { email, password }, { origin: "https://evil.test" });
  expect([answer.status, reasonIn(await answer.json())]).toEqual([403, "FORBIDDEN"]);
  expect(answer.headers.getSetCookie()).toEqual([]);
}

async function largeBodies(host: RunningHost): Promise<void> {
  const input = { token: "x".repeat(300_000) };
  const plain = await post(host, "auth.verifyToken", input);
  expect([plain.status, reasonIn(await plain.json())]).toEqual([413, "VALIDATION"]);
  expect(await postInChunks(host, JSON.stringify({ json: input }))).toEqual({ status: 413, reason: "VALIDATION" });
  const fitting = await post(host, "auth.verifyToken", { token: "x".repeat(10_000) });
  expect(fitting.status).toBe(400);
}

async function largeBatch(host: RunningHost): Promise<void> {
  const batchOf = (size: number) => {
    const paths = Array<string>(size).fill("auth.config").join(",");
    return fetch(`${host.origin}${host.trpc}/${paths}?batch=1`);
  };
  const answer = await batchOf(60);
  expect([answer.status, reasonIn(await answer.json())]).toEqual([400, "VALIDATION"]);
  expect((await batchOf(10)).status).toBe(200);
}

async function closedAnswers(host: RunningHost): Promise<void> {
  const calls = [
    fetch(`${host.origin}${host.trpc}/auth.config`),
    fetch(`${host.origin}${host.trpc}/user.me`),
    post(host, "auth.verifyToken", { token: "x" }),
  ];
  for (const { headers } of await Promise.all(calls)) {
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const names = headers.get("vary")?.toLowerCase().split(/, */);
    expect(names).toEqual(expect.arrayContaining(["cookie", "authorization", "origin"]));
  }
}

async function callerAddress(host: RunningHost): Promise<void> {
  const { email } = await newcomer(host);
  const cases = [
    [{ "x-forwarded-for": "6.6.6.6, 203.0.113.7:51234", "x-real-ip": "7.7.7.7" }, "203.0.113.7"],
    [{}, "127.0.0.1"],
  ] as const;
  for (const [headers, expected] of cases) {
    const { client } = visitor(host, headers);
    const answer = await client.auth.login.mutate({ email, password });
    expect(answer.status === "signed_in" && answer.session.ip).toBe(expected);
  }
}

function post(
  { origin, trpc }: RunningHost,
  path: string,
  input: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = JSON.stringify({ json: input });
  const all = { "content-type": "application/json", ...headers };
  return fetch(`${origin}${trpc}/${path}`, { method: "POST", headers: all, body });
}

/** A body whose length nobody is told beforehand. */
async function postInChunks({ origin, trpc }: RunningHost, body: string) {
  const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
  return await new Promise((resolve, reject) => {
    const call = request(`${origin}${trpc}/auth.verifyToken`, { method: "POST", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, reason: reasonIn(JSON.parse(text)) }));
      answer.on("error", reject);
    });
    // The host may stop reading once it has answered.
    call.on("error", (error) => setTimeout(reject, 1_000, error));
    for (let at = 0; at < body.length; at += 50_000) call.write(body.slice(at, at + 50_000));
    call.end();
  });
}

/** Of a single answer, or of the first in a batch. */
function reasonIn(body: unknown): unknown {
  const first = Array.isArray(body) ? body[0] : body;
  return first?.error?.json?.data?.reason;
}
