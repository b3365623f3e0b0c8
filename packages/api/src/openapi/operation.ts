import { z } from "zod";
import { type Reason, reasons } from "../contract/reasons.js";
import { partlyOpenPaths } from "../contract/session-effects.js";
import { gatedPaths } from "../gate.js";
import { signIn, socialSignIn } from "../outputs.js";
import type { AnswerOfOperation, JsonSchema, Operation, Parameter } from "./document-types.js";
import type { Procedure } from "./procedures.js";
import { plainErrorSchema, refusalSchema } from "./refusal-schema.js";
import { contains, type Schemas, toPascal } from "./schemas.js";
import type { Wire } from "./wire.js";

interface Part {
  schemas: Schemas;
  wire: Wire;
  /** By path. */
  descriptions: Record<string, string>;
}

const transportHeader: Parameter = {
  name: "keywright-transport",
  in: "header",
  description:
    "`bearer` asks for tokens in the answer; without it, the session comes as a cookie and `tokens` is null.",
  required: false,
  schema: { type: "string", enum: ["bearer", "cookie"], default: "cookie" },
};
const proofHeader: Parameter = {
  name: "keywright-proof",
  in: "header",
  description: "For the app's gate, such as the answer to a captcha. `error.data.proof` says which one it asks for.",
  required: false,
  schema: { type: "string", maxLength: 4096 },
};
const retryAfter = {
  description: "Seconds after which the same call may succeed.",
  schema: { type: "integer" },
} as const;
const setCookie = { description: "The session, unless tokens were asked for.", schema: { type: "string" } } as const;
/** Either one is enough. Named like the document's security schemes. */
const credentials = [{ sessionCookie: [] }, { accessToken: [] }];

/** One procedure as an operation. */
export async function operationOf(part: Part, procedure: Procedure): Promise<Operation> {
  const { path, type, refusals } = procedure;
  const input = await inputOf(part, procedure);
  const answer = answerOf(part, procedure);
  const isClosed = [...refusals.values()].flat().includes("NOT_AUTHENTICATED");
  const needsSession = isClosed && !partlyOpenPaths.includes(path);
  const isSignIn = [signIn, socialSignIn].some((kind) => procedure.output && contains(procedure.output, kind));
  const parameters = [
    ...(type === "query" ? queryParameters(input) : []),
    ...(isSignIn ? [transportHeader] : []),
    ...(gatedPaths.includes(path) ? [proofHeader] : []),
  ];
  const [group = ""] = path.split(".").slice(0, -1);
  return {
    operationId: path.replaceAll(".", "_"),
    ...(group === "" ? {} : { tags: [group] }),
    ...describe(part.descriptions[path]),
    // A visitor's call may carry them, too: some procedures answer signed-in callers differently.
    security: needsSession ? credentials : [{}, ...credentials],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(type === "mutation" ? { requestBody: bodyOf(input) } : {}),
    responses: {
      200: { ...(isSignIn ? { headers: { "set-cookie": setCookie } } : {}), ...answer },
      ...refusedAnswers(part, procedure),
    },
  };
}

interface Input {
  schema: JsonSchema;
  isOptional: boolean;
  isThere: boolean;
}

async function inputOf({ schemas, wire }: Part, { path, inputs }: Procedure): Promise<Input> {
  const accepted = await Promise.all(inputs.map((schema) => z.safeParseAsync(schema, undefined)));
  const isOptional = accepted.every(({ success }) => success);
  const all = inputs.map((schema) => schemas.refer(schema, "input", `${toPascal(path)}Input`));
  const [first = {}] = all;
  return {
    schema: wire.input(all.length > 1 ? { allOf: all } : first, isOptional),
    isOptional,
    isThere: all.length > 0,
  };
}

function queryParameters({ schema, isOptional, isThere }: Input): Parameter[] {
  if (!isThere) return [];
  const description = "The input as JSON text: `?input=` and its percent-encoding.";
  return [{ name: "input", in: "query", description, required: !isOptional, content: json(schema) }];
}

/** Always present, even if only `{}`: a mutation needs the content type of JSON. */
function bodyOf({ schema }: Input) {
  return { required: true, content: json(schema) };
}

function answerOf({ schemas, wire }: Part, { path, output }: Procedure): AnswerOfOperation {
  const schema = output ? schemas.refer(output, "output", `${toPascal(path)}Output`) : {};
  return { description: "The answer.", content: json(wire.result(schema)) };
}

function refusedAnswers({ schemas, wire }: Part, { refusals }: Procedure): Record<string, AnswerOfOperation> {
  const answers = [...refusals].map(([status, known]): [string, AnswerOfOperation] => {
    const headers = status === 429 || status === 503 ? { headers: { "retry-after": retryAfter } } : {};
    const content = json(refusalSchema(schemas, wire, known));
    return [String(status), { description: known.map(lineOf).join("\n"), ...headers, content }];
  });
  // Our formatter describes every failure; a root with tRPC's own formatter has tRPC's shape.
  const isClosed = [...refusals.values()].flat().includes("INTERNAL");
  const other = { description: "Another error.", content: json(plainErrorSchema(schemas, wire)) };
  return { ...Object.fromEntries(answers), ...(isClosed ? {} : { default: other }) };
}

function lineOf(reason: Reason): string {
  return `- \`${reason}\`: ${reasons[reason][1]}`;
}

function describe(text: string | undefined): { summary?: string; description?: string } {
  if (text === undefined) return {};
  const [summary = text] = text.split(/(?<=[.:;]) /);
  return { summary: summary.replace(/[.:;]$/, ""), description: text };
}

function json(schema: JsonSchema) {
  return { "application/json": { schema } };
}
