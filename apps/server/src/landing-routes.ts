import { transportLimits } from "@keywright/api";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { App, CallInput, Outcome, Refusal } from "./in-process.js";
import { anotherPurpose, deadPage, donePage, formPage, isDead } from "./landing-pages.js";
import { type Landing, landings } from "./landings.js";
import { type Markup, pageHeaders } from "./page.js";
import type { Site } from "./site.js";

interface Landed {
  site: Site;
  landing: Landing;
  call(c: Context<App>, call: CallInput): Promise<Outcome>;
}

/** The statuses that a refused call from a page can have. */
const statuses = [400, 403, 404, 409, 413, 415, 429, 500, 503] as const;

/**
 * The pages of mailed links. Mail scanners and previews may open them as often as they like: only the form's POST
 * consumes a link.
 */
export function landingRoutes(site: Site, call: Landed["call"]): Hono<App> {
  const routes = new Hono<App>();
  const onError = (c: Context) => c.text("This form is too large.", 413, pageHeaders);
  for (const landing of landings) {
    const landed = { site, landing, call };
    routes.get(landing.path, (c) => show(c, landed));
    routes.post(landing.path, bodyLimit({ maxSize: transportLimits.maxBodySize, onError }), (c) => submit(c, landed));
  }
  return routes;
}

async function show(c: Context<App>, { site, landing, call }: Landed): Promise<Response> {
  const token = c.req.query("token") ?? "";
  const { data, refusal } = await call(c, { procedure: "password.checkToken", input: { token }, isFromForm: false });
  if (refusal && isDead(site, refusal)) return answer(c, deadPage(site, landing, refusal.reason), refusal);
  const checked = z.object({ purpose: z.string(), email: z.string() }).safeParse(data).data;
  if (checked && checked.purpose !== landing.purpose)
    return c.html(deadPage(site, landing, anotherPurpose), 400, pageHeaders);
  // Looking up the link is optional: if it cannot be done now, the form is shown anyway.
  return c.html(formPage(site, landing, { token, email: checked?.email ?? null, refusal: null }), 200, pageHeaders);
}

async function submit(c: Context<App>, { site, landing, call }: Landed): Promise<Response> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header("content-type") ?? "")) {
    return c.text("Use the form on this page.", 415, pageHeaders);
  }
  const form = new URLSearchParams(await c.req.text());
  const names = ["token", ...landing.fields.map(({ name }) => name)];
  const input = Object.fromEntries(names.map((name) => [name, form.get(name) ?? ""]));
  const { refusal } = await call(c, { procedure: landing.procedure, input, isFromForm: true });
  if (!refusal) return c.html(donePage(site, landing), 200, pageHeaders);
  if (isDead(site, refusal)) return answer(c, deadPage(site, landing, refusal.reason), refusal);
  return answer(c, formPage(site, landing, { token: form.get("token") ?? "", email: null, refusal }), refusal);
}

function answer(c: Context<App>, markup: Markup, { status, retryAfter }: Refusal): Response | Promise<Response> {
  const wait = retryAfter === null ? {} : { "retry-after": String(retryAfter) };
  return c.html(markup, statuses.find((known) => known === status) ?? 500, { ...pageHeaders, ...wait });
}
