import { type AnyTRPCRouter, TRPCError } from "@trpc/server";
import { isTrpcError } from "../trpc/refusals.js";
import type { PlainCalls } from "./read-calls.js";

/** The inputs of the calls of a request. */
export interface Inputs {
  /** Throws tRPC's refusal if any of them cannot be read. */
  read(batchIndex: number): Promise<unknown>;
  /** Undefined until they were read. */
  known(batchIndex: number): unknown;
}

interface Source {
  router: AnyTRPCRouter;
  readBody(): Promise<string>;
}

/** Read when the first call asks, and once. */
export function createInputs({ router, readBody }: Source, { type, calls, isBatch, input }: PlainCalls): Inputs {
  const { transformer } = router._def._config;
  let reading: Promise<unknown[]> | null = null;
  let inputs: unknown[] = [];
  const readAll = async () => {
    const text = type === "query" ? input : await readBody();
    const wires = text ? wiresIn(text, { isBatch, size: calls.length }) : [];
    inputs = wires.map((wire) => (wire === undefined && isBatch ? undefined : transformer.input.deserialize(wire)));
    return inputs;
  };
  return {
    async read(batchIndex) {
      reading ??= readAll().catch(refuse);
      return (await reading)[batchIndex];
    },
    known: (batchIndex) => inputs[batchIndex],
  };
}

function wiresIn(text: string, { isBatch, size }: { isBatch: boolean; size: number }): unknown[] {
  const parsed: unknown = JSON.parse(text);
  if (!isBatch) return [parsed];
  if (Object(parsed) !== parsed || Array.isArray(parsed)) throw new Error("not the inputs of a batch");
  return Array.from({ length: size }, (_, index) => Reflect.get(Object(parsed), String(index)));
}

function refuse(cause: unknown): never {
  if (isTrpcError(cause)) throw cause;
  throw new TRPCError({ code: "BAD_REQUEST", message: "The input cannot be read.", cause });
}
