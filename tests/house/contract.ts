import ts from "typescript";
import { parse, type Source } from "./sources.js";
import { broken, functionsOf, isExported, nodesOf, objectIn } from "./syntax.js";

const contract = /^packages\/api\/src\/contract\/procedures\.ts$/;
const routers = /^packages\/api\/src\/routers\/(?!(?:index|mount|profile)\.ts$)/;
const services = /^packages\/api\/src\/services\//;
const places: Record<string, number> = { Deps: 0, Visitor: 1, Actor: 1 };
/** `profile-fields.ts` reads what an app declares: it is not itself an input. */
const inputs = /^packages\/api\/src\/inputs\b(?!\/profile-fields\.ts$)/;

/** Router files without a record of procedures. */
export function emptyRouters(sources: readonly Source[]): string[] {
  const files = sources.filter(({ path }) => routers.test(path));
  const missing = files.filter((source) => proceduresOf(source).length === 0);
  return missing.map(({ path }) => broken({ path, line: 1 }, "no procedures: export a record { name: procedure }"));
}

/** Procedures without a doc comment in the contract, which is where clients and documents take it from. */
export function undocumentedProcedures(sources: readonly Source[]): string[] {
  const bare = sources
    .filter(({ path }) => contract.test(path))
    .flatMap(nodesOf)
    .filter((node) => ts.isPropertySignature(node) && /^(?:Query|Mutation)</.test(node.type?.getText() ?? ""))
    .filter((node) => docOf(node) === "");
  return bare.map((node) =>
    broken(node, "this procedure has no doc comment: say above it what it does for the caller"),
  );
}

/** Procedures that do not declare their answer with `.output()`. */
export function openOutputs(sources: readonly Source[]): string[] {
  const procedures = sources.filter(({ path }) => routers.test(path)).flatMap(proceduresOf);
  const open = procedures.filter((node) => ts.isPropertyAssignment(node) && !callsOutput(node.initializer));
  return open.map((node) => broken(node, `${nameOf(node)} has no .output(): name the schema of its answer`));
}

/** Exported functions of services that do not take `Deps` first and the caller second. */
export function disorderedServices(sources: readonly Source[]): string[] {
  const functions = sources.filter(({ path }) => services.test(path)).flatMap(functionsOf);
  const disordered = functions.filter(isExported).filter(({ parameters }) => {
    return parameters.some(({ type }, index) => index !== (places[type?.getText() ?? ""] ?? index));
  });
  return disordered.map((node) => broken(node, "a service takes (deps, who, input): put the parameters in that order"));
}

/** Inputs that accept unknown fields. */
export function looseInputs(sources: readonly Source[]): string[] {
  const nodes = sources.filter(({ path }) => inputs.test(path)).flatMap(nodesOf);
  const loose = nodes.filter(
    (node) => ts.isPropertyAccessExpression(node) && /^z\.(?:object|looseObject)$/.test(node.getText()),
  );
  return loose.map((node) => broken(node, "an input refuses what it does not know: write z.strictObject"));
}

/** Types inferred from a schema: they pull zod into what consumers compile. */
export function inferredTypes(sources: readonly Source[]): string[] {
  const nodes = sources.filter(({ path }) => path.startsWith("packages/api/src/")).flatMap(nodesOf);
  const found = nodes.filter(
    (node) => ts.isQualifiedName(node) && /^z\.(?:infer|input|output|TypeOf)$/.test(node.getText()),
  );
  return found.map((node) =>
    broken(node, "a public type is an interface: write it out, and satisfies z.ZodType<…> at the schema"),
  );
}

/** The names of all procedures, as `password.reset` for `reset` in `routers/password.ts`. */
export function procedureNames(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => routers.test(path))
    .flatMap((source) => {
      const group = source.path.replace(/^.*\/|\.ts$/g, "");
      return proceduresOf(source).map((node) => `${group}.${nameOf(node)}`);
    });
}

const touchesCookies = /\.(?:deliver|clear|rememberDevice|bindFlow|endFlow)\(|browser: carrier/;

/** The procedures that set or remove a cookie, themselves or by a function of their file. */
export function cookieProcedures(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => routers.test(path))
    .flatMap((source) => {
      const helpers = functionsOf(source).filter(
        (node) => ts.isFunctionDeclaration(node) && touchesCookies.test(node.getText()),
      );
      const calls = helpers.map((helper) => `${helper.name?.getText()}(`);
      const found = proceduresOf(source).filter((node) => {
        const text = node.getText();
        return touchesCookies.test(text) || calls.some((call) => text.includes(call));
      });
      const group = source.path.replace(/^.*\/|\.ts$/g, "");
      return found.map((node) => `${group}.${nameOf(node)}`);
    });
}

// A record that is spread into another one is counted in its own file.
function proceduresOf(source: Source): ts.ObjectLiteralElementLike[] {
  const declarations = parse(source)
    .statements.filter(ts.isVariableStatement)
    .flatMap((statement) => {
      return [...statement.declarationList.declarations];
    });
  const records = declarations.flatMap(({ initializer }) => objectIn(initializer) ?? []);
  return records.flatMap((record) => record.properties.filter((property) => !ts.isSpreadAssignment(property)));
}

function docOf(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node);
  return docs
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join("")
    .trim();
}

function nameOf(node: ts.ObjectLiteralElementLike): string {
  return node.name?.getText() ?? "this procedure";
}

function callsOutput(node: ts.Expression): boolean {
  if (ts.isCallExpression(node)) return callsOutput(node.expression);
  return ts.isPropertyAccessExpression(node) && (node.name.text === "output" || callsOutput(node.expression));
}
