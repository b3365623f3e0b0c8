import {
  createKeywright,
  createSmtpMailer,
  errorFormatter,
  type Keywright,
  type KeywrightContext,
  mountAuth,
  openIdConnect,
  transformer,
  userProcedure,
} from "@keywright/api";
import { initTRPC } from "@trpc/server";

/*
 * What all the apps in this folder serve, each from a host of its own: Keywright's procedures, one of the app's, and
 * sign-in with a provider.
 */

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const signedIn = t.procedure.concat(userProcedure);

export const appRouter = t.router({
  ...mountAuth(t),
  posts: t.router({ mine: signedIn.query(({ ctx }) => [`A post of ${ctx.user.email}`]) }),
});

export type AppRouter = typeof appRouter;

const { PORT, PUBLIC_URL, DATABASE_URL, SMTP_URL, KEYWRIGHT_SECRET, TRUSTED_PROXY_HOPS } = process.env;
const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = process.env;

export const port = Number(PORT ?? 3000);

export function startKeywright(): Promise<Keywright> {
  return createKeywright({
    secret: KEYWRIGHT_SECRET ?? "",
    publicUrl: PUBLIC_URL ?? `http://localhost:${port}`,
    database: DATABASE_URL ?? "pglite:.keywright/data",
    mailer: createSmtpMailer({ url: SMTP_URL ?? "", from: "App <no-reply@example.com>", requireTls: false }),
    // How many proxies of your own are in front of the app.
    trustedProxyHops: Number(TRUSTED_PROXY_HOPS ?? 0),
    providers: [
      openIdConnect({
        id: "acme",
        name: "Acme",
        issuer: OIDC_ISSUER ?? "",
        clientId: OIDC_CLIENT_ID ?? "",
        clientSecret: OIDC_CLIENT_SECRET ?? "",
      }),
    ],
  });
}
