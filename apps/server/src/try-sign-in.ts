import { Hono } from "hono";
import { html } from "hono/html";
import { z } from "zod";
import type { App, TrpcHandler } from "./in-process.js";
import { onlyByLocalName } from "./local-host.js";
import { type Markup, page, pageHeaders } from "./page.js";
import type { Site } from "./site.js";

export const tryPath = "/dev/try-sign-in";

interface Trial {
  site: Site;
  trpc: TrpcHandler;
  publicUrl: string;
  provider: { id: string; name: string };
}

const started = z.object({ result: z.object({ data: z.object({ json: z.object({ authorizationUrl: z.url() }) }) }) });
const refused = z.object({ error: z.object({ json: z.object({ data: z.object({ reason: z.string() }) }) }) });
const session = z.object({
  result: z.object({
    data: z.object({
      json: z.object({ user: z.object({ email: z.string().nullable(), emailVerified: z.boolean() }) }).nullable(),
    }),
  }),
});

/** One button, as an app would have it, and who is signed in: social sign-in can be seen before there is an app. */
export function trialRoutes(trial: Trial): Hono<App> {
  const { site, provider } = trial;
  const routes = new Hono<App>();
  routes.use(tryPath, onlyByLocalName);
  routes.get(tryPath, async (c) => {
    const answer = await call(trial, "auth.session", { headers: { cookie: c.req.header("cookie") ?? "" } });
    const { json } = session.parse(await answer.json()).result.data;
    const error = c.req.query("error")?.replaceAll(/[^A-Z_]/g, "") ?? null;
    return c.html(trialPage(site, { provider, user: json?.user ?? null, error }), 200, pageHeaders);
  });
  routes.post(tryPath, async () => {
    const input = JSON.stringify({ json: { provider: provider.id, returnTo: site.base + tryPath } });
    const headers = { "content-type": "application/json", origin: new URL(trial.publicUrl).origin };
    const answer = await call(trial, "social.start", { method: "POST", headers, body: input });
    const onward = new Headers({ ...pageHeaders, location: onwardOf(site, await answer.json()) });
    for (const cookie of answer.headers.getSetCookie()) onward.append("set-cookie", cookie);
    return new Response(null, { status: 303, headers: onward });
  });
  return routes;
}

/** To the provider, or back here with the reason. */
function onwardOf({ base }: Site, answer: unknown): string {
  const refusal = refused.safeParse(answer).data;
  if (refusal) return `${base}${tryPath}?error=${refusal.error.json.data.reason}`;
  return started.parse(answer).result.data.json.authorizationUrl;
}

async function call({ trpc, publicUrl }: Trial, procedure: string, init: RequestInit): Promise<Response> {
  return await trpc(new Request(new URL(`/trpc/${procedure}`, publicUrl), init), "127.0.0.1");
}

interface TrialState {
  provider: { name: string };
  user: { email: string | null; emailVerified: boolean } | null;
  error: string | null;
}

function trialPage(site: Site, { provider, user, error }: TrialState): Markup {
  const who = user && html`<p>You are signed in as ${user.email}, ${user.emailVerified ? "" : "not "}verified.</p>`;
  const body = html`<p>This is what a button of your app does: it calls <code>social.start</code> and goes to the address in the answer.</p>
${error && html`<p role="alert">The sign-in was refused: ${error}.</p>`}
${who ?? html`<p>Nobody is signed in.</p>`}
<form method="post" action="${site.base}${tryPath}"><button>Sign in with ${provider.name}</button></form>`;
  // For developers, so in English whatever the language of the site.
  return page({ site, title: "Try social sign-in", body, language: "en" });
}
