import { type Provider, type ProviderIdentity, providerRefused, providerUnavailable } from "@keywright/api";

/** What an app's own provider knows about the person whose code or token is `name`. */
type Known = Record<string, Partial<ProviderIdentity>>;

/** A provider that an app has written itself: codes and tokens are names of `people`. */
export function ownProvider(people: Known, id = "own"): Provider {
  const identify = async (name: string): Promise<ProviderIdentity> => {
    if (name === "away") throw providerUnavailable("it is away");
    const person = people[name];
    if (!person) throw providerRefused("nobody has this code");
    return {
      issuer: "https://own.test",
      subject: name,
      email: null,
      isEmailVouched: false,
      username: null,
      firstName: "",
      lastName: "",
      authenticatedAt: null,
      tokens: null,
      ...person,
    };
  };
  return {
    id,
    kind: "own",
    name: "Own",
    responseMode: "query",
    provesFreshSignIn: true,
    redirectUri: null,
    createAuthorizationUrl: async (_call, { state }) => new URL(`https://own.test/authorize?state=${state}`),
    identifyByCode: (_call, { code }) => identify(code),
    identifyByAccessToken: (_call, accessToken) => identify(accessToken),
    identifyByIdToken: (_call, { idToken }) => identify(idToken),
  };
}
