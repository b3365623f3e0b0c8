import type { Provider } from "@keywright/api";

/** Somebody with an account at a provider. */
export interface FakePerson {
  /** In digits. */
  id: string;
  firstName: string;
  lastName: string;
  username: string;
  email: string | null;
  /** Whether the provider has verified the address. */
  isVerified: boolean;
  /** Of OpenID Connect: instead of what the provider says of everybody. */
  claims?: Record<string, unknown>;
}

/** A provider's documented endpoints on loopback, and our provider that asks them. */
export interface FakeProvider {
  provider: Provider;
  /** Anybody whose name is in here can sign in. */
  people: Map<string, FakePerson>;
  origin: string;
  requests: string[];
  /** Ids of the people whose refresh tokens it takes, where it gives any. */
  refreshable?(): string[];
  /**
   * What a front end has after somebody signed in with the provider's SDK: an input of `social.login` for each way that
   * the provider has. Issued to our client, or to somebody else's.
   */
  proofsOf(name: string, app: "our app" | "another app"): Promise<Proofs>;
  close(): Promise<void>;
}

export interface Proofs {
  accessToken?: { accessToken: string };
  idToken?: { idToken: string; nonce: string };
  oauth1?: { accessToken: string; tokenSecret: string };
}

/** Our client at every fake. Some providers take the secret from the header as it comes. */
export const ourClient = { clientId: "our-app", clientSecret: "our-secret_1" };
