import { type AnyTRPCRouter, type TRPCErrorShape, transformTRPCResponse } from "@trpc/server";
import { writtenJson } from "../trpc/written-output.js";

type RouterConfig = AnyTRPCRouter["_def"]["_config"];

/** The JSON of what a procedure returned, as tRPC's own resolver writes it. In a batch, each call has one of its own. */
export function writeResult(config: RouterConfig, data: unknown): string {
  const json = writtenJson(data);
  if (json !== null) return `{"result":{"data":${json}}}`;
  return JSON.stringify({ result: { data: config.transformer.output.serialize(data) } });
}

/** The same for a refusal. */
export function writeError(config: RouterConfig, error: TRPCErrorShape): string {
  return JSON.stringify(transformTRPCResponse(config, { error }));
}
