import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { authRouters } from "@keywright/api";
import ts from "typescript";
import { z } from "zod";

/** One procedure, as the server's contract declares it. */
export interface DeclaredProcedure {
  group: string;
  name: string;
  kind: "query" | "mutation";
  doc: string;
  /** As written: a type's name, or with `| undefined` where it may be left out; `void` for none. */
  input: string;
  output: string;
  /** Those that it adds to the base reasons, in the order of the contract. */
  reasons: string[];
}

export interface DeclaredInput {
  name: string;
  /** The interface that it extends. */
  base: string | null;
  doc: string;
  fields: { name: string; type: string; isOptional: boolean; doc: string }[];
}

const source = (name: string) => fileURLToPath(new URL(`../../packages/api/src/contract/${name}.ts`, import.meta.url));

/** Reads the contract's page. Its aliases of reasons are resolved; nothing else needs a type-checker. */
export function readProcedures(): DeclaredProcedure[] {
  const file = parse("procedures");
  const aliases = new Map(file.statements.filter(ts.isTypeAliasDeclaration).map((alias) => [alias.name.text, alias]));
  const groups = membersOf(aliases.get("AuthRouters")).map((member) => [nameOf(member), typeOf(member).getText()]);
  return groups.flatMap(([group = "", alias = ""]) =>
    membersOf(aliases.get(alias)).map((member) => {
      const { typeName, typeArguments = [] } = referenceOf(typeOf(member));
      const [io, own] = typeArguments;
      const [input, output] = io ? (referenceOf(io).typeArguments ?? []) : [];
      return {
        group,
        name: nameOf(member),
        kind: typeName.getText() === "Query" ? "query" : "mutation",
        doc: docOf(member),
        input: input?.getText() ?? "",
        output: output?.getText() ?? "",
        reasons: own ? reasonsIn(own, aliases) : [],
      };
    }),
  );
}

export function readInputs(): DeclaredInput[] {
  return parse("input-types")
    .statements.filter(ts.isInterfaceDeclaration)
    .map((declared) => ({
      name: declared.name.text,
      base: declared.heritageClauses?.[0]?.types[0]?.expression.getText() ?? null,
      doc: docOf(declared),
      fields: declared.members.filter(ts.isPropertySignature).map((member) => ({
        name: nameOf(member),
        type: typeOf(member).getText(),
        isOptional: member.questionToken !== undefined,
        doc: docOf(member),
      })),
    }));
}

const facts = z.object({
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
type Facts = z.infer<typeof facts>;
const objectSchema = z.object({
  properties: z.record(z.string(), facts).default({}),
  oneOf: z.array(z.object({ required: z.array(z.string()) })).default([]),
});
const schemas = new Map(
  Object.entries(authRouters).flatMap(([group, procedures]) =>
    Object.entries(procedures).map(([name, { _def }]) => [`${group}.${name}`, _def.inputs[0]]),
  ),
);

/** What the schemas say of each field of a procedure's input, in words. */
export function constraintsOf(procedure: DeclaredProcedure): Map<string, string> {
  const properties = Object.entries(schemaOf(procedure).properties);
  return new Map(properties.map(([field, fact]) => [field, inWords(fact)]));
}

/** Fields of a procedure's input of which its schema wants one. */
export function alternativesOf(procedure: DeclaredProcedure): string[] {
  return schemaOf(procedure).oneOf.flatMap(({ required }) => required);
}

function schemaOf({ group, name }: DeclaredProcedure): z.infer<typeof objectSchema> {
  const schema = schemas.get(`${group}.${name}`);
  const isSchema = schema instanceof z.ZodType;
  return objectSchema.parse(isSchema ? z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) : {});
}

/** Not the bound of 4096 characters, which keeps out what nobody means; a password's real ones are settings. */
function inWords({ minLength, maxLength, minimum, maximum }: Facts): string {
  const length =
    (maxLength ?? 4096) >= 4096 ? "" : `${minLength ? `${minLength} to` : "At most"} ${maxLength} characters.`;
  const range = maximum === undefined ? "" : `${minimum} to ${maximum}.`;
  return [length, range].filter((words) => words !== "").join(" ");
}

function parse(name: string): ts.SourceFile {
  return ts.createSourceFile(`${name}.ts`, readFileSync(source(name), "utf8"), ts.ScriptTarget.Latest, true);
}

function membersOf(alias: ts.TypeAliasDeclaration | undefined): ts.PropertySignature[] {
  if (!alias || !ts.isTypeLiteralNode(alias.type)) throw new Error("The contract is not written as it was.");
  return alias.type.members.filter(ts.isPropertySignature);
}

function reasonsIn(node: ts.TypeNode, aliases: Map<string, ts.TypeAliasDeclaration>): string[] {
  if (ts.isUnionTypeNode(node)) return node.types.flatMap((type) => reasonsIn(type, aliases));
  if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) return [node.literal.text];
  const alias = aliases.get(referenceOf(node).typeName.getText());
  if (!alias) throw new Error(`${node.getText()} is no reason, and no name for some.`);
  return reasonsIn(alias.type, aliases);
}

function referenceOf(node: ts.TypeNode): ts.TypeReferenceNode {
  if (!ts.isTypeReferenceNode(node)) throw new Error(`${node.getText()} is not the name of a type.`);
  return node;
}

function typeOf({ name, type }: ts.PropertySignature): ts.TypeNode {
  if (!type) throw new Error(`${name.getText()} has no type.`);
  return type;
}

function nameOf({ name }: ts.PropertySignature): string {
  return name.getText();
}

function docOf(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node);
  return docs
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join(" ")
    .replaceAll(/\s+/g, " ");
}
