import { isUnavailable } from "@keywright/db";
import { z } from "zod";
import type { EmailInput, LoginInput, SocialLoginInput, SocialStartInput } from "../contract/input-types.js";
import { isKeywrightError, KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import type { Gate, GateAnswer, GateCall, GatedInput } from "../gate.js";
import { callHook } from "../hooks.js";
import type { Registration } from "../inputs/registration.js";
import { loggableError, summarize } from "../log.js";
import type { Visitor } from "../who.js";

/** Longer than the answer of any captcha. */
const longestProof = 4096;

const answerShape: z.ZodType<GateAnswer> = z.union([
  z.literal("pass"),
  z.strictObject({ message: z.string().max(500).optional(), proof: z.string().max(200).optional() }),
]);

/** The calls that the gate decides on, as it sees them. Each field is named, so that a new one stays hidden. */
export const gated = {
  login: ({ login, username, email, remember, deviceName }: LoginInput) => {
    return { procedure: "auth.login", input: { login, username, email, remember, deviceName } };
  },
  register: ({ username, email, firstName, lastName, deviceName, profile }: Registration) => {
    return { procedure: "registration.register", input: { username, email, firstName, lastName, deviceName, profile } };
  },
  requestReset: ({ email }: EmailInput) => ({ procedure: "password.requestReset", input: { email } }),
  socialStart: ({ provider, purpose, returnTo, codeChallenge, remember, deviceName }: SocialStartInput) => {
    const input = { provider, purpose, returnTo, codeChallenge, remember, deviceName };
    return { procedure: "social.start", input };
  },
  socialLogin: ({ provider, remember, deviceName }: SocialLoginInput) => {
    return { procedure: "social.login", input: { provider, remember, deviceName } };
  },
} satisfies Record<string, (input: never) => GatedInput>;

interface AtGate {
  call: GatedInput;
  /** The header `keywright-proof`. */
  proof: string | null;
  /** Gives back what was counted, for a call that is refused here. */
  giveBack?: () => Promise<void>;
}

/**
 * Asks the app's gate, if there is one, whether the call may go on. Throws `REFUSED_BY_APP`; `VALIDATION` for a proof
 * that is too long; `UNAVAILABLE` if the gate fails, unless `hooks.gateFailure` lets such calls pass.
 */
export async function passGate(deps: Deps, who: Visitor, { call, proof, giveBack }: AtGate): Promise<void> {
  const { gate } = deps.extensions;
  if (!gate) return;
  const { ip, userAgent, transport, requestId } = who;
  try {
    if (proof !== null && proof.length > longestProof) throw new KeywrightError("VALIDATION");
    const answer = await askGate(deps, gate, { ...call, visitor: { ip, userAgent, transport, requestId }, proof });
    if (answer !== "pass") throw refusalOf(answer);
  } catch (error) {
    if (isLetPass(deps, error)) {
      const message = "The app's `gate` failed, so this call was let pass.";
      return deps.log({ level: "error", message, requestId, path: call.procedure, error: summarize(error) });
    }
    await giveBack?.();
    throw error;
  }
}

function askGate({ settings }: Deps, gate: Gate, call: GateCall): Promise<GateAnswer> {
  return callHook({ name: "gate", timeoutMs: settings.hooks.timeoutMs }, async () => {
    const answer = answerShape.safeParse(await gate(call)).data;
    // One that answers nothing has most likely forgotten a case.
    if (answer === undefined) throw loggableError('The app\'s `gate` answered neither "pass" nor a refusal.');
    return answer;
  });
}

function refusalOf({ message, proof }: Exclude<GateAnswer, "pass">): KeywrightError {
  return new KeywrightError("REFUSED_BY_APP", {
    ...(message === undefined ? {} : { message }),
    ...(proof === undefined ? {} : { proof }),
  });
}

function isLetPass({ settings }: Deps, error: unknown): boolean {
  const hasFailed = isUnavailable(error) || (isKeywrightError(error) && error.reason === "UNAVAILABLE");
  return hasFailed && settings.hooks.gateFailure === "open";
}
