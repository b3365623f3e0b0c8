import type { AuthRouter, ReasonShape } from "@keywright/api";
import type { ErrorData, KeywrightClient, Reason } from "@keywright/client";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { Call, Mutation, Query } from "../../packages/client/src/calls.js";

// Compiled, never run: the flat types say what the router's own types say, to the letter. A type that both sides can be
// assigned to each other is not enough: a misspelled optional field would pass.

type Flat = Omit<KeywrightClient, "session">;
type Inputs = inferRouterInputs<AuthRouter>;
type Outputs = inferRouterOutputs<AuthRouter>;
type Procedures = AuthRouter["_def"]["record"];

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type ArgsOf<T> = T extends Query<infer Args, unknown> ? Args : T extends Mutation<infer Args, unknown> ? Args : never;
type AnswerOf<T> = T extends Query<never, infer A> ? A : T extends Mutation<never, infer A> ? A : never;
type OutputOf<T> = AnswerOf<T> extends Call<infer Output, unknown> ? Output : never;
type ReasonsOf<T> = AnswerOf<T> extends Call<unknown, ErrorData<infer R>> ? R : never;
type KindOf<T> = T extends { query: unknown } ? "query" : "mutation";
type Given<Input> = Extract<Input, object>;
type IsOptional<Input> = undefined extends Input ? true : false;

interface Real {
  _def: { type: string; $types: { errorShape: unknown } };
}
type RealReasons<P> = P extends { _def: { $types: { errorShape: ReasonShape<infer R> } } } ? R : never;
type RealKind<P> = P extends Real ? P["_def"]["type"] : never;

/** A sign-in's schema wants one of the names, and the flat types say so. */
type Wanted<P, Input> = P extends "login"
  ? Input extends { username?: string | undefined }
    ? Input & ({ login: string } | { username: string } | { email: string })
    : Input
  : Input;

/** Names what differs; never where nothing does. */
type Difference<G extends keyof Flat, P extends keyof Flat[G] & keyof Procedures[G]> = [
  Same<KindOf<Flat[G][P]>, RealKind<Procedures[G][P]>>,
  Same<Given<ArgsOf<Flat[G][P]>[0]>, Wanted<P, Given<P extends keyof Inputs[G] ? Inputs[G][P] : never>>>,
  Same<IsOptional<ArgsOf<Flat[G][P]>[0]>, IsOptional<P extends keyof Inputs[G] ? Inputs[G][P] : never>>,
  Same<OutputOf<Flat[G][P]>, P extends keyof Outputs[G] ? Outputs[G][P] : never>,
  Same<ReasonsOf<Flat[G][P]>, RealReasons<Procedures[G][P]>>,
] extends [true, true, true, true, true]
  ? never
  : P;

type Differences = {
  [G in keyof Flat]: { [P in keyof Flat[G] & keyof Procedures[G]]: Difference<G, P> }[keyof Flat[G] &
    keyof Procedures[G]];
}[keyof Flat];

export const groups: Same<keyof Flat, keyof Procedures> = true;
export const names: { [G in keyof Flat]: Same<keyof Flat[G], keyof Procedures[G]> } = {
  auth: true,
  password: true,
  user: true,
  registration: true,
  social: true,
};
export const procedures: Same<Differences, never> = true;
export const refusals: Same<ErrorData<"INTERNAL">, import("@keywright/api").ErrorData<"INTERNAL">> = true;
export const reasons: Same<Reason, import("@keywright/api").Reason> = true;
