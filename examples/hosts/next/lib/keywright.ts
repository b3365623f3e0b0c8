import { createSmtpMailer, lazyKeywright, openIdConnect } from "@keywright/api";

/** Starts at the first request: `next build` loads this module, and connects to nothing. */
export const keywright = lazyKeywright(() => ({
  secret: process.env.KEYWRIGHT_SECRET ?? "",
  publicUrl: process.env.PUBLIC_URL ?? "http://localhost:3000",
  database: process.env.DATABASE_URL ?? "",
  mailer: createSmtpMailer({
    url: process.env.SMTP_URL ?? "",
    from: "App <no-reply@example.com>",
    requireTls: process.env.SMTP_URL?.includes("@") ?? false,
  }),
  // How many proxies are in front of the app and add to X-Forwarded-For.
  trustedProxyHops: Number(process.env.TRUSTED_PROXY_HOPS ?? 0),
  providers: [
    openIdConnect({
      id: "acme",
      name: "Acme",
      issuer: process.env.OIDC_ISSUER ?? "",
      clientId: process.env.OIDC_CLIENT_ID ?? "",
      clientSecret: process.env.OIDC_CLIENT_SECRET ?? "",
    }),
  ],
}));
