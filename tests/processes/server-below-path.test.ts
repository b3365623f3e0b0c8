import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { createServers, mailedLink, post, type ServerProcess, submit } from "../support/server-process.js";

const servers = createServers();
let server: ServerProcess;
/** Where everything is, as browsers see it. */
let base: string;
beforeAll(async () => {
  const port = await freePort();
  base = `http://localhost:${port}/accounts`;
  server = await servers.start({
    PORT: String(port),
    PUBLIC_URL: `${base}/`,
    CORS_HEADERS: "X-Own-Trace",
    NODE_ENV: "development",
  });
});
afterAll(() => servers.close());

const ada = { email: "ada@example.com", password: "correct horse battery" };

describe("a server below a path", () => {
  test("serves everything there, and links to it", async () => {
    expect((await post(base, "registration.register", ada)).status).toBe(200);
    const link = await mailedLink(server, ada.email, "/accounts/verify-email");
    expect(link.href).toMatch(`${base}/verify-email?token=`);
    const form = await (await fetch(link)).text();
    expect(form).toContain('action="/accounts/verify-email"');
    const token = link.searchParams.get("token") ?? "";
    expect((await submit(`${base}/verify-email`, { token })).status).toBe(200);
  });

  test("issues tokens in its own name, and publishes their keys", async () => {
    const { data } = await post(base, "auth.login", ada, { "keywright-transport": "bearer" });
    const payload = /"accessToken":"[^.]+\.([^.]+)/.exec(JSON.stringify(data))?.[1] ?? "";
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ iss: base });
    expect(await (await fetch(`${base}/.well-known/jwks.json`)).json()).toMatchObject({ keys: [{ kty: "OKP" }] });
  });

  test("describes itself with its path, and the cookie as browsers get it", async () => {
    const described = JSON.stringify(await (await fetch(`${base}/openapi.json`)).json());
    expect(described).toContain(`"servers":[{"url":"${base}"}]`);
    expect(described).toContain('"name":"keywright-session"');
  });

  test("takes a browser to a provider and back", async () => {
    const trial = await fetch(`${base}/dev/try-sign-in`, { method: "POST", redirect: "manual" });
    const there = new URL(trial.headers.get("location") ?? "");
    expect(there.href).toMatch(`${base}/dev/sign-in?`);
    const fields = Object.fromEntries(there.searchParams);
    const page = await (await submit(there.href, { ...fields, email: "eve@example.com", name: "Eve" })).text();
    const back = /href="([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(back).toMatch(`${base}/oauth/development/callback?`);
    const cookie = trial.headers
      .getSetCookie()
      .map((text) => text.split(";")[0])
      .join("; ");
    const answer = await fetch(back, { headers: { cookie }, redirect: "manual" });
    expect(answer.headers.get("location")).toBe(`${base}/dev/try-sign-in`);
    expect(answer.headers.getSetCookie().join()).toContain("keywright-session=kws_");
  });

  test("is served as well if the proxy removes the path, and not by paths that only begin like it", async () => {
    const root = new URL(base).origin;
    const statuses = ["/healthz", "/readyz", "/accounts/healthz", "/accounts", "/accountsx/healthz", "/accounts2"];
    const answers = await Promise.all(statuses.map(async (path) => (await fetch(root + path)).status));
    expect(answers).toEqual([200, 200, 200, 200, 404, 404]);
  });

  test("H15: sets a cookie that WebKit keeps on this machine", async () => {
    const { headers } = await post(base, "auth.login", ada);
    expect(headers.getSetCookie().find((text) => text.startsWith("keywright-session="))).toMatch(
      /^keywright-session=kws_[\w-]{43}; HttpOnly; Max-Age=\d+; Path=\/; SameSite=Lax$/,
    );
  });

  test("H10, H14: may be called by a front end on another port, with the headers of its tracing tools", async () => {
    const origin = "http://localhost:5180";
    const names = "content-type,sentry-trace,baggage,traceparent,tracestate,x-request-id,x-correlation-id,x-own-trace";
    const preflight = await fetch(`${base}/trpc/auth.login`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": names },
    });
    const allowed = preflight.headers.get("access-control-allow-headers")?.split(",");
    expect(allowed).toEqual(expect.arrayContaining(names.split(",")));
    const login = await post(base, "auth.login", ada, { origin, traceparent: "00-1-1-00" });
    expect(login.headers.get("access-control-allow-origin")).toBe(origin);
    expect(login.headers.get("access-control-allow-credentials")).toBe("true");
    expect(login.status).toBe(200);
  });

  test("H13: says in the log whose preflight was refused, and what would allow it", async () => {
    const headers = { origin: "https://app.example.com", "access-control-request-method": "POST" };
    await fetch(`${base}/trpc/auth.login`, { method: "OPTIONS", headers });
    await fetch(`${base}/trpc/auth.login`, { method: "OPTIONS", headers });
    expect(
      server.stderr().match(/https:\/\/app\.example\.com: if it is yours, add it to .*CORS_ORIGINS/g),
    ).toHaveLength(1);
  });
});
