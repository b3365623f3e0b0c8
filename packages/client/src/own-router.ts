import type { Call, Mutation, Query } from "./calls.js";
import type { WithSession } from "./session-store.js";

/** What a client needs to know of a router; any tRPC router with a transformer fits. */
export interface RouterLike {
  _def: {
    _config: { $types: { transformer: true; errorShape: unknown } };
    /** `client.session` is the session store. */
    record: object & { session?: never };
  };
}

/** The client of an app's own router, into which Keywright's were merged: each procedure typed, with its own refusals. */
export type ClientOf<R extends RouterLike> = WithSession &
  CallsOf<R["_def"]["record"], RefusalIn<R["_def"]["_config"]["$types"]>>;

type CallsOf<Tree, RootRefusal> = {
  readonly [Name in keyof Tree]: Tree[Name] extends Procedure
    ? CallOf<Tree[Name]["_def"], RootRefusal>
    : CallsOf<Tree[Name], RootRefusal>;
};

interface Procedure {
  _def: { type: string; $types: Io };
}

interface Io {
  input: unknown;
  output: unknown;
  errorShape?: unknown;
}

/** Subscriptions are not among them: their links lose cookies, and do not work on React Native. */
type CallOf<Def extends Procedure["_def"], RootRefusal> = Def["type"] extends "query"
  ? Query<ArgsOf<Def["$types"]>, AnswerTo<Def["$types"], RootRefusal>>
  : Def["type"] extends "mutation"
    ? Mutation<ArgsOf<Def["$types"]>, AnswerTo<Def["$types"], RootRefusal>>
    : never;

type AnswerTo<T extends Io, RootRefusal> = Call<T["output"], RefusalOf<T, RootRefusal>>;

type ArgsOf<T extends Io> = undefined extends T["input"] ? [input?: T["input"]] : [input: T["input"]];

/** A procedure without `.errors()` is refused in the shape of its root. */
type RefusalOf<T extends Io, RootRefusal> = unknown extends T["errorShape"] ? RootRefusal : RefusalIn<T>;

type RefusalIn<T> = T extends { errorShape: { data: infer Refusal } } ? Refusal : unknown;
