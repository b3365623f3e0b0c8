import type { Call, Failure, FieldErrors, SocialApi, SocialStartInput } from "./index.js";

/** What a hook tells of its last call, until the next one. */
export interface Calling<F> {
  isPending: boolean;
  data: AnswerOf<F> | undefined;
  /** Why it failed: `switch (error?.data?.reason)`. */
  error: Failure<RefusalOf<F>> | undefined;
  /** By path. Empty if no field is wrong. */
  fieldErrors: FieldErrors;
}

export type Procedure = (...args: never) => Call<unknown, unknown>;
export type AnswerOf<F> = F extends (...args: never) => Call<infer T, unknown> ? T : never;
export type RefusalOf<F> = F extends (...args: never) => Call<unknown, infer Refusal> ? Refusal : never;

/** Answers undefined when the call failed, and `error` has it then. */
export type Run<F extends Procedure> = (...args: Parameters<F>) => Promise<AnswerOf<F> | undefined>;

export interface Submitted {
  mutate: Procedure;
}

/** A hook whose function has this name, and calls that procedure. */
export type Form<Name extends string, P extends Submitted> = () => Calling<P["mutate"]> & {
  readonly [name in Name]: Run<P["mutate"]>;
};

export interface StartSocial {
  mutate(input: SocialStartInput): Call<void, RefusalOf<SocialApi["start"]["mutate"]>>;
}
