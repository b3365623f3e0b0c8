import type { BaseReason, FieldReason, Reason } from "./reasons.js";

/** A call under way: awaits to its answer, or rejects with a `Failure`. */
export interface Call<T, Refusal> extends Promise<T> {
  /** What the server may refuse it with, for `safe`: `catch` cannot know. In types only. */
  readonly "~refusal"?: Refusal;
}

/** `failure.data`: why the server refused. Branch on `reason`. */
export interface ErrorData<R extends Reason> {
  code: string;
  httpStatus: number;
  path?: string;
  reason: R;
  /** What is wrong with each field of the input, by path (`"confirmPassword"`). */
  fields?: FieldErrors;
  /** Seconds. */
  retryAfter?: number;
  /** What the server's gate asks for: see the option `proof`. */
  proof?: string;
  /** Names this call in the server's log. */
  requestId: string;
}

export type FieldErrors = Record<string, FieldError[]>;

export interface FieldError {
  reason: FieldReason;
  message: string;
}

/** A call of one of ours, with the reasons that it adds to those that any may give. */
export type Answer<T, R extends Reason = never> = Call<T, ErrorData<BaseReason | R>>;

export interface Query<Args extends unknown[], A> {
  readonly query: (...args: [...Args, options?: CallOptions]) => A;
}

export interface Mutation<Args extends unknown[], A> {
  readonly mutate: (...args: [...Args, options?: CallOptions]) => A;
}

export interface CallOptions {
  /** Gives the call up. What the server has begun, it may still do. */
  signal?: AbortSignal | undefined;
}

/** What a call rejects with. */
export interface Failure<Refusal = ErrorData<Reason>> extends Error {
  /** Why the server refused; undefined or null when it gave no answer, or none that can be read. */
  readonly data: Refusal | null | undefined;
}

/** What `safe` gives as the failure of a procedure's calls: `FailureOf<typeof client.auth.login.mutate>`. */
export type FailureOf<F> = F extends (...args: never) => Call<unknown, infer Refusal> ? Failure<Refusal> : never;

/** `[answer, undefined]` or `[undefined, failure]`. */
export type Settled<T, Refusal> =
  | readonly [answer: T, failure: undefined]
  | readonly [answer: undefined, failure: Failure<Refusal>];

/**
 * Awaits a call without throwing: `const [answer, failure] = await safe(client.auth.login.mutate(…))`. The failure has
 * the reasons of this very procedure: `switch (failure.data?.reason)` can be exhaustive.
 */
export function safe<T, Refusal>(call: Call<T, Refusal>): Promise<Settled<T, Refusal>> {
  return call.then(
    (answer) => [answer, undefined],
    (failure) => [undefined, failure],
  );
}
