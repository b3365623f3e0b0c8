import type { ErrorData, Failure, Reason, RegistrationIncomplete, VerificationSent } from "./index.js";

/** How a round trip to a provider ended, as far as its address says. */
export type SocialReturn = SocialFailure | SocialHandoff | RegistrationIncomplete | VerificationSent;

export interface SocialFailure {
  status: "failed";
  /** As of a call: for `messageOf`, `reasonOf`, or a `switch (failure.data?.reason)`. */
  failure: Failure;
}

/** For an app that gave a `codeChallenge`: to redeem with `social.login`. */
export interface SocialHandoff {
  status: "handed_off";
  handoff: string;
}

/**
 * Reads the address that a round trip ended at: `readSocialReturn(location.href)`. Null if it says nothing: then the
 * round trip succeeded, or there was none.
 */
export function readSocialReturn(address: string): SocialReturn | null {
  const given = parametersOf(address);
  const text = (name: string) => given.get(name) ?? "";
  const [error, status, ticket, handoff] = [text("error"), text("status"), text("ticket"), text("handoff")];
  if (error) return { status: "failed", failure: failureOf(error) };
  if (handoff) return { status: "handed_off", handoff };
  if (status === "verification_sent") return { status };
  if (status !== "registration_incomplete" || !ticket) return null;
  return { status, missing: text("missing").split(",").filter(isField), ticket };
}

// By hand: React Native's own `URL` does not read addresses.
function parametersOf(address: string): Map<string, string> {
  const [, query = ""] = /^[^?#]*\?([^#]*)/.exec(address) ?? [];
  return new Map(
    query.split("&").map((pair) => {
      const [, name = "", value = ""] = /^([^=]*)=?(.*)/.exec(pair) ?? [];
      return [decoded(name), decoded(value)];
    }),
  );
}

/** Anybody can write an address: one that cannot be read must not break the page. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return "";
  }
}

function failureOf(error: string): Failure {
  const reason = isReason(error) ? error : "INTERNAL";
  const data: ErrorData<Reason> = { code: "BAD_REQUEST", httpStatus: 400, reason, requestId: "" };
  return Object.assign(new Error(`The sign-in with the provider failed: ${reason}`), { data });
}

/** By shape, so that a reason of a newer server passes. */
function isReason(text: string): text is Reason {
  return /^[A-Z_]{1,50}$/.test(text);
}

function isField(name: string): name is RegistrationIncomplete["missing"][number] {
  return ["email", "username", "firstName", "lastName"].includes(name);
}
