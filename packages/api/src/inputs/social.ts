import { z } from "zod";
import type {
  ReauthenticateInput,
  SocialAccountInput,
  SocialCompleteInput,
  SocialLoginInput,
  SocialProofInput,
  SocialStartInput,
} from "../contract/input-types.js";
import { socialPurposes } from "../contract/lists.js";
import { deviceNameField, emailField, nameField, passwordField, tokenField, usernameField } from "./fields.js";

/** RFC 7636, 4.1 and 4.2. */
const codeVerifierField = z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/, { error: "INVALID" });
const codeChallengeField = z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: "INVALID" });
const providerField = z.string().min(1).max(50);
/** Of a provider: opaque, and longer than ours. An ID token can have many claims. */
const foreignField = z.string().min(1).max(16_384);

export const socialStartInput = z.strictObject({
  provider: providerField,
  purpose: z.enum(socialPurposes).optional(),
  returnTo: z.string().min(1).max(2000).optional(),
  codeChallenge: codeChallengeField.optional(),
  remember: z.boolean().optional(),
  deviceName: deviceNameField.optional(),
}) satisfies z.ZodType<SocialStartInput>;

const proofFields = {
  code: foreignField.optional(),
  state: z.string().min(1).max(200).optional(),
  accessToken: foreignField.optional(),
  tokenSecret: foreignField.optional(),
  idToken: foreignField.optional(),
  nonce: z.string().min(1).max(500).optional(),
  handoff: tokenField.optional(),
  codeVerifier: codeVerifierField.optional(),
};

type ProofField = keyof typeof proofFields;

/** The fields of each way; those after the first two may be missing where the provider allows it. */
const ways: readonly (readonly [required: readonly ProofField[], optional?: readonly ProofField[]])[] = [
  [["code", "state"]],
  [["accessToken"]],
  [["accessToken", "tokenSecret"]],
  [["idToken"], ["nonce"]],
  [["handoff", "codeVerifier"]],
];

/** Exactly one way: a call that mixes two could be read in two ways. */
function isOneWay(input: Partial<Record<ProofField, unknown>>): boolean {
  const names: string[] = Object.keys(proofFields);
  const given = Object.entries(input).flatMap(([name, value]) =>
    names.includes(name) && value !== undefined ? [name] : [],
  );
  return ways.some(([required, optional = []]) => {
    const known: readonly string[] = [...required, ...optional];
    return required.every((name) => given.includes(name)) && given.every((name) => known.includes(name));
  });
}

const oneWay = { error: "REQUIRED", path: ["code"] };
/** States the refinement for readers of the JSON schema. */
const anyOfWays = { anyOf: ways.map(([required]) => ({ required: [...required] })) };

export const socialProofInput = z
  .strictObject({ provider: providerField, ...proofFields })
  .refine(isOneWay, oneWay)
  .meta(anyOfWays) satisfies z.ZodType<SocialProofInput>;

export const socialLoginInput = z
  .strictObject({
    provider: providerField,
    ...proofFields,
    remember: z.boolean().optional(),
    deviceName: deviceNameField.optional(),
  })
  .refine(isOneWay, oneWay)
  .meta(anyOfWays) satisfies z.ZodType<SocialLoginInput>;

export const socialCompleteInput = z.strictObject({
  ticket: tokenField,
  username: usernameField.optional(),
  email: emailField.optional(),
  firstName: nameField.optional(),
  lastName: nameField.optional(),
}) satisfies z.ZodType<SocialCompleteInput>;

export const socialAccountInput = z.strictObject({ id: z.uuid() }) satisfies z.ZodType<SocialAccountInput>;

const proofsOfCaller = [
  ["password"],
  ["code"],
  ["handoff", "codeVerifier"],
  ["provider", "idToken"],
  ["provider", "idToken", "nonce"],
];

export const reauthenticateInput = z
  .strictObject({
    password: passwordField.optional(),
    code: z.string().trim().min(1).max(50).optional(),
    handoff: tokenField.optional(),
    codeVerifier: codeVerifierField.optional(),
    provider: providerField.optional(),
    idToken: foreignField.optional(),
    nonce: z.string().min(1).max(500).optional(),
  })
  .refine(
    (input) => {
      const given = Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]));
      return proofsOfCaller.some(
        (names) => names.length === given.length && names.every((name) => given.includes(name)),
      );
    },
    { error: "REQUIRED", path: ["password"] },
  )
  .meta({
    anyOf: proofsOfCaller.slice(0, 4).map((required) => ({ required })),
  }) satisfies z.ZodType<ReauthenticateInput>;
