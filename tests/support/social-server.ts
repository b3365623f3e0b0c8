import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { freePort } from "./free-port.js";
import { startIdentityProvider } from "./identity-provider.js";
import type { createServers, ServerProcess } from "./server-process.js";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
const mails = z.array(z.object({ to: z.string(), text: z.string() }));

/** What an app writes into its settings file, besides its providers. */
type Settings = Record<string, object>;

/**
 * A server process with a settings file that has one OpenID Connect provider as two, `Acme` and `Acme for work`, and that
 * provider.
 */
export async function startSocialServer(
  servers: ReturnType<typeof createServers>,
  { env, settings }: { env: Record<string, string>; settings: Settings },
) {
  const port = await freePort();
  const ids = ["acme", "work"].map((id) => `http://localhost:${port}/oauth/${id}/callback`);
  const idp = await startIdentityProvider({ redirectUris: ids });
  try {
    const folder = await servers.makeFolder();
    await symlink(modules, join(folder, "node_modules"));
    await writeFile(join(folder, "keywright.config.mjs"), settingsFile(idp, settings));
    const server = await servers.start({ PORT: String(port), ...env }, folder);
    return { server, idp, close: () => idp.close() };
  } catch (fault) {
    await idp.close();
    throw fault;
  }
}

/** The newest code that was mailed to an address, once it has arrived. */
export async function mailedCode({ url }: ServerProcess, address: string): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const all = mails.parse(await (await fetch(`${url}/dev/mailbox.json`)).json());
    const codes = all.flatMap(({ to, text }) =>
      to === address ? (/^\s*(\d[\d ]+\d)\s*$/m.exec(text)?.[1] ?? []) : [],
    );
    if (codes[0] !== undefined) return codes[0];
    await sleep(100);
  }
  throw new Error(`No mail with a code came to ${address}.`);
}

function settingsFile(
  { issuer, clientId, clientSecret }: { issuer: string; clientId: string; clientSecret: string },
  settings: Settings,
): string {
  return `import { defineConfig, openIdConnect } from "@keywright/api";
const client = ${JSON.stringify({ issuer, clientId, clientSecret })};
export default defineConfig({
  ...${JSON.stringify(settings)},
  providers: [
    openIdConnect({ id: "acme", name: "Acme", ...client }),
    openIdConnect({ id: "work", name: "Acme for work", ...client }),
  ],
});
`;
}
