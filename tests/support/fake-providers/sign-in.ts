import type { TestApp } from "../app.js";
import { visitorOf } from "../social.js";

/** The whole way: start, sign in at the provider, come back; where the browser is then. */
export async function signedInAt(app: TestApp, id: string, name: string) {
  const { client, browser } = visitorOf(app);
  const { authorizationUrl } = await client.social.start.mutate({ provider: id });
  const place = await deliver(browser, await signInAtFake(authorizationUrl, name));
  return { client, place };
}

/** Has a browser bring back what a provider gave it, as the provider's page does. */
export async function deliver(
  browser: ReturnType<typeof visitorOf>["browser"],
  { url, form, origin }: Delivery,
): Promise<URL> {
  const post = form && { method: "POST", body: form, headers: { origin } };
  const response = await browser.fetch(url, { redirect: "manual", ...post });
  const location = response.headers.get("location");
  if (location === null) throw new Error(`The callback answered ${response.status}.`);
  return new URL(location);
}

/** What a browser brings back from a provider: an address, and where the provider has it post a form, the form. */
export interface Delivery {
  url: URL;
  /** Of the provider's pages. */
  origin: string;
  form: URLSearchParams | null;
}

/** What a person does who is sent to a provider: says who they are, agrees, and is sent back. */
export async function signInAtFake(authorizationUrl: string, name: string): Promise<Delivery> {
  const url = new URL(authorizationUrl);
  url.searchParams.set("person", name);
  const response = await fetch(url, { redirect: "manual" });
  const location = response.headers.get("location");
  if (location !== null) return { url: new URL(location), origin: url.origin, form: null };
  const html = await response.text();
  const action = /<form action="([^"]+)"/.exec(html)?.[1];
  if (action === undefined) throw new Error(`The provider answered ${response.status}: ${html}`);
  const form = new URLSearchParams();
  for (const [, field = "", value = ""] of html.matchAll(/name="([^"]+)" value="([^"]*)"/g)) {
    form.set(field, value.replaceAll("&quot;", '"'));
  }
  return { url: new URL(action), origin: url.origin, form };
}
