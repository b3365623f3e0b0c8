import { z } from "zod";
import { refused } from "./call-provider.js";
import { createOidcProvider, type OidcTraits } from "./oidc-provider.js";
import type { Provider, ProviderOptions } from "./provider.js";

export interface MicrosoftOptions extends ProviderOptions {
  /**
   * Who can sign in: `common` (the default) for everybody, `organizations` for work and school accounts, `consumers`
   * for personal ones, or the id of one directory.
   */
  tenant?: string | undefined;
  /** The ids of directories whose people can sign in, if not those of all that `tenant` allows. */
  tenants?: string[] | undefined;
  /** Of a national cloud. Default `https://login.microsoftonline.com`. */
  baseUrl?: string | undefined;
}

/** The directory of all personal accounts. */
const consumersTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const tenantClaims = z.looseObject({ tid: z.string().regex(guid), oid: z.string().min(1).max(100) });

/**
 * Microsoft Entra and personal accounts (OpenID Connect). A person is known by directory and object id. Any
 * administrator can give their people any address, so that it is not vouched for, unless the app's tokens have the
 * optional claim `xms_edov`, by which Microsoft confirms that the address is on a domain of the directory. An access
 * token cannot be sent in, because it is meant for Microsoft's own services. Throws an `Error` if a directory's id is
 * not one.
 */
export function microsoft(options: MicrosoftOptions): Provider {
  const base = (options.baseUrl ?? "https://login.microsoftonline.com").replace(/\/$/, "");
  const { tenant, allows } = parseTenants(options);
  const issuerOf = (tid: unknown) => `${base}/${tid}/v2.0`;
  const traits: OidcTraits = {
    kind: "microsoft",
    id: "microsoft",
    name: "Microsoft",
    issuer: issuerOf(tenant),
    documentIssuer: issuerOf(issuers[tenant] ?? tenant),
    isIssuer: (issuer, { tid }) => issuer === issuerOf(tid) && allows(String(tid)),
    // Its keys for personal accounts must not sign for an organization.
    isKeyOf: ({ issuer }, { iss, tid }) => {
      return typeof issuer !== "string" || issuer.replace("{tenantid}", String(tid)) === iss;
    },
    keyOf: (claims) => {
      const known = tenantClaims.safeParse(claims);
      if (!known.success) throw refused("its ID token does not say who it is about");
      return { issuer: issuerOf(known.data.tid), subject: known.data.oid };
    },
    vouches: ({ xms_edov }) => [true, "true", 1, "1"].some((yes) => yes === xms_edov),
    // It sends `auth_time` only to apps that have asked for it, and not after `max_age`.
    provesFreshSignIn: false,
    authentication: "post",
  };
  return createOidcProvider(traits, options);
}

/** What their discovery documents name as issuer. */
const issuers: Record<string, string> = {
  common: "{tenantid}",
  organizations: "{tenantid}",
  consumers: consumersTenant,
};

function parseTenants({ tenant = "common", tenants }: MicrosoftOptions) {
  if (!(tenant in issuers || guid.test(tenant))) {
    throw new Error("The option `tenant` must be common, organizations, consumers, or the id of a directory.");
  }
  if (tenants?.some((id) => !guid.test(id)))
    throw new Error("The option `tenants` must be a list of directories' ids.");
  const allows = (tid: string) => {
    if (tenants && !tenants.includes(tid)) return false;
    if (tenant === "common") return true;
    if (tenant === "organizations") return tid !== consumersTenant;
    return tid === (tenant === "consumers" ? consumersTenant : tenant);
  };
  return { tenant, allows };
}
