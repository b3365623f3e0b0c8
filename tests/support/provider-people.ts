import type { Claims, MisbehavingProvider } from "./misbehaving-provider.js";

/** People of a provider that is started before the first test, and what an SDK would have of them. */
export function peopleOf(provider: () => MisbehavingProvider) {
  const made = { people: 0, nonces: 0 };
  return {
    /** Nobody has seen them yet; the provider has verified their address. */
    newPerson() {
      const sub = `person${++made.people}`;
      return { sub, email: `${sub}@pine.test`, email_verified: true };
    },
    /** An input of `social.login` and `social.connect`, good once. */
    async proofOf(person: Claims, id = "pine") {
      const nonce = `nonce ${++made.nonces}`;
      return { provider: id, idToken: await provider().makeIdToken({ ...person, nonce }), nonce };
    },
  };
}
