/** A `fetch` with a cookie jar that sends `Origin`, as a page of our own front end does. */
export function createBrowser(handle: (request: Request) => Promise<Response>, headers: Record<string, string> = {}) {
  const jar = new Map<string, string>();

  async function browserFetch(input: Request | URL | string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(input, init);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    const isCookieless = init.credentials === "omit";
    if (!isCookieless) {
      if (!request.headers.has("origin")) request.headers.set("origin", new URL(request.url).origin);
      if (jar.size > 0) request.headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const response = await handle(request);
    if (!isCookieless) for (const cookie of response.headers.getSetCookie()) keep(cookie);
    return response;
  }

  function keep(setCookie: string): void {
    const [pair = "", ...attributes] = setCookie.split(";");
    const [name = "", value = ""] = pair.split("=");
    const isGone = attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute));
    if (isGone) jar.delete(name);
    else jar.set(name, value);
  }

  return { fetch: browserFetch, jar };
}
