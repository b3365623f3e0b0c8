import type { EmailInput, LoginInput, SocialLoginInput, SocialStartInput } from "./contract/input-types.js";
import type { Registration } from "./inputs/registration.js";
import type { Visitor } from "./who.js";

/** What the gate sees of a call's input: never a password, a code or a token. */
export interface GateInputs {
  "auth.login": Pick<LoginInput, "login" | "username" | "email" | "remember" | "deviceName">;
  "registration.register": Omit<Registration, "password" | "confirmPassword">;
  "password.requestReset": EmailInput;
  "social.start": SocialStartInput;
  "social.login": Pick<SocialLoginInput, "provider" | "remember" | "deviceName">;
}

/** The calls that the gate decides on: those by which strangers begin something. */
export const gatedPaths: readonly string[] = [
  "auth.login",
  "registration.register",
  "password.requestReset",
  "social.start",
  "social.login",
] satisfies (keyof GateInputs)[];

type GatedProcedure = keyof GateInputs;
/** A call and what the gate sees of its input. */
export type GatedInput = { [Procedure in GatedProcedure]: Of<Procedure> }[GatedProcedure];
interface Of<Procedure extends GatedProcedure> {
  procedure: Procedure;
  input: GateInputs[Procedure];
}

/** What the gate is asked about. */
export type GateCall = GatedInput & {
  visitor: Pick<Visitor, "ip" | "userAgent" | "transport" | "requestId">;
  /** The header `keywright-proof`; null if there is none. */
  proof: string | null;
};

/** The caller gets `REFUSED_BY_APP`. */
export interface GateRefusal {
  /** Shown to people, instead of the default message. */
  message?: string | undefined;
  /** Which proof the caller should send in the header `keywright-proof`, such as `captcha`; `error.data.proof`. */
  proof?: string | undefined;
}

/** Decides whether a call may go on, before anything is looked up. It may query other services. */
export type Gate = (call: GateCall) => GateAnswer | Promise<GateAnswer>;
export type GateAnswer = "pass" | GateRefusal;
