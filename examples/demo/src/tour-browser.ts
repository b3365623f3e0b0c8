import { z } from "zod";

/** The `fetch` of a browser: it keeps cookies, says where its pages come from, and follows no redirect by itself. */
export function createTourBrowser(origin: string) {
  const cookies = new Map<string, string>();

  async function open(input: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    const response = await fetch(input, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) keep(cookie);
    return response;
  }

  function keep(cookie: string): void {
    const [name = "", value = ""] = (cookie.split(";", 1)[0] ?? "").split("=");
    if (/max-age=0(?:;|$)/i.test(cookie)) cookies.delete(name);
    else cookies.set(name, value);
  }

  return {
    open,
    cookieNames: () => [...cookies.keys()],
    /** What a person does at the development sign-in: says who they are, and is sent back; returns where to. */
    async signInAs(authorizationUrl: string, person: { email: string; name: string }): Promise<string> {
      const page = await (await open(authorizationUrl)).text();
      const hidden = [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)];
      const fields = hidden.map(([, name = "", value = ""]): [string, string] => [name, value]);
      const body = new URLSearchParams([...fields, ...Object.entries(person)]);
      const { headers } = await open(new URL(authorizationUrl), { method: "POST", body });
      const callback = z.string().parse(/url=(.+)$/.exec(headers.get("refresh") ?? "")?.[1]);
      return z.string().parse((await open(callback)).headers.get("location"));
    },
  };
}

export type TourBrowser = ReturnType<typeof createTourBrowser>;
