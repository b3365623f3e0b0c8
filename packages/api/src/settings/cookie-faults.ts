import type { CookieSettings } from "../sessions/cookie-policy.js";

/** One sentence for each setting of the cookies that browsers would not accept from this address. */
export function cookieFaults({ cookieDomain, sameSite }: CookieSettings, publicUrl: URL): string[] {
  const rules: [isBroken: boolean, sentence: string][] = [
    [
      cookieDomain !== null && isPublicSuffix(cookieDomain),
      "Setting `session.cookieDomain` must be a domain of your own: others can register names below this one.",
    ],
    [
      cookieDomain !== null && !isWithin(publicUrl.hostname, cookieDomain),
      "Setting `session.cookieDomain` must be the host of `publicUrl` or a domain above it.",
    ],
    [
      sameSite === "none" && publicUrl.protocol !== "https:",
      'Setting `session.sameSite: "none"` needs an https `publicUrl`: browsers keep no such cookie otherwise.',
    ],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence);
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** Where hosting services put their customers. Browsers know many more (publicsuffix.org), and keep no cookie for them. */
const hosting =
  "vercel.app netlify.app pages.dev workers.dev fly.dev onrender.com herokuapp.com up.railway.app railway.app github.io gitlab.io web.app firebaseapp.com run.app appspot.com azurewebsites.net azurestaticapps.net cloudfront.net amplifyapp.com deno.dev surge.sh ngrok.io ngrok.app ngrok-free.app trycloudflare.com";

/** As far as it can be told without a list of all of them: registries like `co.uk`, and hosting services. */
function isPublicSuffix(domain: string): boolean {
  const isRegistry = /^(?:ac|co|com|edu|go|gob|gov|gv|ltd|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}$/.test(domain);
  return isRegistry || hosting.split(" ").includes(domain) || /^[\d.]+$/.test(domain);
}
