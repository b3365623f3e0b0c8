import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp } from "../support/app.js";

let app: TestApp;
let cookie: string;
let bearer: string;
beforeAll(async () => {
  app = await createTestApp();
  const { email, password } = await app.addUser();
  const { headers } = await app.post("auth.login", { email, password });
  cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const { tokens } = await app.visitor({ transport: "bearer" }).auth.login.mutate({ email, password });
  bearer = `Bearer ${tokens?.accessToken}`;
});
afterAll(() => app.close());

const origins = { own: publicUrl, foreign: "https://evil.test", sibling: "http://evil.localhost:3000", opaque: "null" };
const sites = ["same-origin", "same-site", "cross-site", "none", null] as const;
const combinations = [...Object.entries(origins), ["missing", null] as const].flatMap(([name, origin]) =>
  sites.map((site) => ({ name, origin, site })),
);

/** The allow-list, or the browser's word that the page is ours. */
const isOwn = (name: string, site: string | null) => name === "own" || site === "same-origin";
const isSilent = (name: string, site: string | null) => name === "missing" && (site === null || site === "none");

describe.each(combinations)("a call with the origin $name and the site $site", ({ name, origin, site }) => {
  const headers = { ...(origin ? { origin } : {}), ...(site ? { "sec-fetch-site": site } : {}) };
  const verify = (extra: Record<string, string>) => app.post("auth.verifyToken", { token: "x" }, extra);

  test("with a cookie is served only if it surely comes from our own page, with a bearer token too", async () => {
    const expected = isOwn(name, site) ? 400 : 403;
    expect((await verify({ ...headers, cookie })).status).toBe(expected);
    expect((await verify({ ...headers, cookie, authorization: bearer })).status).toBe(expected);
  });

  test("without a cookie is served unless a browser says that it comes from elsewhere", async () => {
    const expected = isOwn(name, site) || isSilent(name, site) ? 400 : 403;
    expect((await verify(headers)).status).toBe(expected);
  });
});
