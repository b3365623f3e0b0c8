import { createHash, randomBytes } from "node:crypto";
import { type Provider, type ProviderIdentity, providerRefused } from "@keywright/api";
import type { Config } from "@keywright/api/operator";
import { Hono } from "hono";
import { html } from "hono/html";
import { z } from "zod";
import type { App } from "./in-process.js";
import { isLocalHost, onlyByLocalName } from "./local-host.js";
import { page, pageHeaders } from "./page.js";
import type { Site } from "./site.js";

/** A sign-in provider to try social sign-in with, before there is a real one. */
export interface DevelopmentSignIn {
  provider: Provider;
  routes(site: Site): Hono<App>;
}

const id = "development";
const path = "/dev/sign-in";
const codeMs = 60_000;
/** Older codes are forgotten first. */
const maxCodes = 100;

/** Only where nobody but the developer can reach it: anybody can be anybody here. */
export function isForDevelopment({ isProduction, host, database }: Config, publicUrl: string): boolean {
  const isOwn = /^(127\.|localhost$|::1$)/.test(host) && isLocalHost(new URL(publicUrl).host);
  return !isProduction && isOwn && database.startsWith("pglite:");
}

/**
 * A provider without passwords: you type who you are. It never vouches for an address, so that its accounts have to
 * verify theirs like any other.
 */
export function createDevelopmentSignIn(publicUrl: string): DevelopmentSignIn {
  const codes = createCodes();
  const provider: Provider = {
    id,
    kind: id,
    name: "Development sign-in",
    responseMode: "query",
    provesFreshSignIn: true,
    redirectUri: null,
    async createAuthorizationUrl(_call, { state, codeVerifier }) {
      const url = new URL(publicUrl + path);
      url.searchParams.set("state", state);
      url.searchParams.set("code_challenge", challengeOf(codeVerifier));
      return url;
    },
    async identifyByCode(call, { code, codeVerifier }) {
      const person = codes.redeem(code, challengeOf(codeVerifier));
      if (!person) throw providerRefused("the code is not valid");
      return identityOf(person, publicUrl, call.now);
    },
  };
  return { provider, routes: (site) => createRoutes(site, codes, publicUrl) };
}

interface Codes {
  issue(person: Person, challenge: string): string;
  /** Null for a code that is unknown, used, too old, or for another challenge. */
  redeem(code: string, challenge: string): Person | null;
}

function createCodes(): Codes {
  const codes = new Map<string, { person: Person; challenge: string; until: number }>();
  return {
    issue(person, challenge) {
      const code = randomBytes(16).toString("base64url");
      codes.set(code, { person, challenge, until: Date.now() + codeMs });
      for (const oldest of [...codes.keys()].slice(0, -maxCodes)) codes.delete(oldest);
      return code;
    },
    redeem(code, challenge) {
      const issued = codes.get(code);
      codes.delete(code);
      return issued && issued.until > Date.now() && issued.challenge === challenge ? issued.person : null;
    },
  };
}

function createRoutes(site: Site, codes: Codes, publicUrl: string): Hono<App> {
  const routes = new Hono<App>();
  routes.use(path, onlyByLocalName);
  routes.get(path, (c) => c.html(formPage(site, request.parse(c.req.query())), 200, pageHeaders));
  routes.post(path, async (c) => {
    const form = answer.safeParse(await c.req.parseBody());
    if (!form.success) return c.text("Fill in the form on the page.", 400, pageHeaders);
    const { state, code_challenge, ...person } = form.data;
    const back = new URL(`${publicUrl}/oauth/${id}/callback`);
    back.searchParams.set("state", state);
    back.searchParams.set("code", codes.issue(person, code_challenge));
    return c.html(backPage(site, back.href), 200, { ...pageHeaders, refresh: `0; url=${back.href}` });
  });
  return routes;
}

interface Person {
  email: string;
  name: string;
}

const request = z.object({ state: z.string().max(200).catch(""), code_challenge: z.string().max(100).catch("") });
const answer = z.object({
  state: z.string().min(1).max(200),
  code_challenge: z.string().min(1).max(100),
  // Keywright decides what an address is.
  email: z
    .string()
    .trim()
    .max(254)
    .regex(/^[\x21-\x7e]+@[\x21-\x7e]+$/),
  name: z.string().max(150),
});

function identityOf({ email, name }: Person, publicUrl: string, now: Date): ProviderIdentity {
  const [firstName = "", ...rest] = name.trim().split(/\s+/);
  return {
    issuer: publicUrl + path,
    subject: email.toLowerCase(),
    email,
    isEmailVouched: false,
    username: null,
    firstName,
    lastName: rest.join(" "),
    authenticatedAt: now,
    tokens: null,
  };
}

function challengeOf(codeVerifier: string): string {
  return createHash("sha256").update(codeVerifier).digest("base64url");
}

function formPage(site: Site, { state, code_challenge }: z.infer<typeof request>) {
  const body = html`<p>This is not a real provider: it is there to try social sign-in on this machine. Be whoever you like.</p>
<form method="post" action="${site.base}${path}">
<input type="hidden" name="state" value="${state}">
<input type="hidden" name="code_challenge" value="${code_challenge}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" required value="ada@example.com">
<label for="name">Name</label>
<input id="name" name="name" value="Ada Lovelace">
<button>Sign in</button>
</form>`;
  // For developers, so in English whatever the language of the site.
  return page({ site, title: "Development sign-in", body, language: "en" });
}

/** Not a redirect: browsers apply `form-action` to where a form's answer leads, and the app may be on another port. */
function backPage(site: Site, address: string) {
  const body = html`<p><a href="${address}">Back to the app</a></p>`;
  return page({ site, title: "Signed in", body, language: "en" });
}
