import type { PublicConfig } from "../../contract/types.js";
import type { Deps } from "../../deps.js";

/** What a front end needs to render its forms; none of it is secret. */
export function publicConfigOf({ settings, providers }: Deps): PublicConfig {
  const { login, registration, password } = settings;
  return {
    loginFields: login.fields,
    registrationOpen: registration.open,
    registrationRequires: registration.required,
    registrationAccepts: [...new Set([...registration.required, ...registration.optional])],
    unverifiedLogin: registration.verification !== "mandatory",
    passwordRules: {
      minLength: password.minLength,
      maxLength: password.maxLength,
      refusesCommon: true,
      refusesNumeric: password.refuseNumeric,
      refusesSimilar: password.refuseSimilar,
      confirmed: password.requireConfirmation,
    },
    providers: providers.list.map(({ id, name }) => ({ id, name })),
    factors: ["password"],
  };
}
