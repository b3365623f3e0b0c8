import type { Deps } from "../deps.js";
import type { Delivery } from "./delivery.js";
import { planVerificationMail } from "./email-verification.js";
import { planResetMail } from "./password-reset.js";
import { planAlreadyRegisteredMail } from "./registration.js";

/** What each kind of queued mail becomes; null when there is nobody to tell. */
export const deliveries: Record<string, (deps: Deps, address: string) => Promise<Delivery | null>> = {
  verify_email: planVerificationMail,
  reset_password: planResetMail,
  already_registered: planAlreadyRegisteredMail,
  password_reset_notice: async (_deps, to) => ({ mail: "password_reset_notice", to, secret: null, path: null }),
};
