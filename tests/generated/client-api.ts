import { baseReasons, fieldReasons, reasons } from "../../packages/api/src/contract/reasons.js";
import { loneCalls, sessionEffects } from "../../packages/api/src/contract/session-effects.js";
import {
  alternativesOf,
  constraintsOf,
  type DeclaredInput,
  type DeclaredProcedure,
  readInputs,
  readProcedures,
} from "./contract.js";

const head = `// Made from the server's contract by \`npm run generate\`: change packages/api/src/contract/procedures.ts and input-types.ts.
`;

/** The flat types of the client: what each procedure takes, answers and is refused for, and nothing to compute. */
export function clientApi(): string {
  const procedures = readProcedures();
  const groups = [...new Set(procedures.map(({ group }) => group))];
  const inputs = readInputs().map((input) => inputText(input, procedures));
  const apis = groups.map((group) => groupText(group, procedures));
  const all = groups.map((group) => `  ${group}: ${groupName(group)};`);
  const text = [
    ...inputs,
    ...apis,
    `/** What a Keywright server serves. */\nexport interface KeywrightApi {\n${all.join("\n")}\n}\n`,
  ];
  return `${head}${importsFor(procedures)}\n${text.join("\n")}`;
}

/** The reasons, as a client reads them: names and nothing else. */
export function clientReasons(): string {
  const own = Object.keys(reasons).filter((reason) => !baseReasons.some((base) => base === reason));
  return `${head}
/** What any procedure may be refused for. */
export type BaseReason = ${union(baseReasons)};
/** Why a call was refused: \`failure.data.reason\`. */
export type Reason = BaseReason | ${union(own)};
/** What is wrong with a field. */
export type FieldReason = Reason | ${union(Object.keys(fieldReasons))};
`;
}

/** What calls do to a session, by their paths. */
export function clientPaths(): string {
  const sessionless = readProcedures()
    .filter(({ kind, reasons }) => kind === "mutation" && !reasons.includes(signedOut))
    .map(({ group, name }) => `${group}.${name}`);
  const withEffect = (wanted: string) =>
    Object.entries(sessionEffects).flatMap(([path, effect]) => (effect === wanted ? [path] : []));
  // What two lists have in common is in the same order at the end of both: so it is nearly free in a compressed page.
  const doubtful = withEffect("may change");
  const inBoth = doubtful.filter((path) => sessionless.includes(path));
  const listed = (paths: string[]) => [...paths.filter((path) => !inBoth.includes(path)), ...inBoth];
  return `// Made from the server's contract by \`npm run generate\`: change procedures.ts and session-effects.ts in packages/api/src/contract.

/** Mutations that nobody has to be signed in for: an expired session must not keep anybody from them. */
${listText("sessionlessPaths", listed(sessionless))}
/** They may have ended the session, or changed what it says about the account. */
${listText("doubtfulPaths", listed(doubtful))}
/** Nobody is signed in after them, unless they answer with a sign-in. */
${listText("endingPaths", withEffect("ends"))}`;
}

/** What tRPC's own links must not batch or stream. */
export function lonePaths(): string {
  return `// Made from the server's contract by \`npm run generate\`: change session-effects.ts in packages/api/src/contract.

${listText("lonePaths", Object.keys(loneCalls))}`;
}

const signedOut = "NOT_AUTHENTICATED";

function listText(name: string, paths: readonly string[]): string {
  return `export const ${name}: readonly string[] = [\n${paths.map((path) => `  "${path}",\n`).join("")}];\n`;
}

function union(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(" | ");
}

function importsFor(procedures: DeclaredProcedure[]): string {
  const names = new Set(procedures.flatMap(({ output }) => output.match(/\b[A-Z]\w+/g) ?? []));
  names.delete("Date");
  const list = [...names].sort().map((name) => `  ${name},\n`);
  return `import type {\n${list.join("")}} from "@keywright/api/public";\nimport type { Answer, Mutation, Query } from "./calls.js";\n`;
}

function inputText({ name, base, doc, fields }: DeclaredInput, procedures: DeclaredProcedure[]): string {
  const users = procedures.filter(({ input }) => input.split(" ")[0] === name);
  const constraints = new Map(users.flatMap((procedure) => [...constraintsOf(procedure)]));
  const lines = fields.flatMap((field) => {
    const words = [field.doc, constraints.get(field.name) ?? ""].filter((part) => part !== "").join(" ");
    return [...docLine(words, "  "), `  ${field.name}${field.isOptional ? "?" : ""}: ${field.type};`];
  });
  const body = [`${base ? ` extends ${base}` : ""} {`, ...lines, "}", ""].join("\n");
  const one = new Set(users.flatMap(alternativesOf));
  if (one.size === 0) return [...docLine(doc, ""), `export interface ${name}${body}`].join("\n");
  // Whoever gives none of them is told before the server is asked.
  const named = fields.filter((field) => one.has(field.name)).map(requiredText);
  const all = name.replace("Input", "Fields");
  return [
    ...docLine(doc, ""),
    `export type ${name} = ${all} & (${named.join(" | ")});`,
    `interface ${all}${body}`,
  ].join("\n");
}

function requiredText({ name, type }: DeclaredInput["fields"][number]): string {
  return `{ ${name}: ${type.replace(" | undefined", "")} }`;
}

function groupText(group: string, procedures: DeclaredProcedure[]): string {
  const own = procedures.filter((procedure) => procedure.group === group);
  return [`export interface ${groupName(group)} {`, ...own.flatMap(procedureLines), "}", ""].join("\n");
}

function procedureLines(procedure: DeclaredProcedure): string[] {
  const { name, kind, doc, input, output, reasons: own } = procedure;
  const answer = own.length === 0 ? output : `${output}, ${union(own)}`;
  const call = kind === "query" ? "Query" : "Mutation";
  return [...docLine(doc, "  "), `  ${name}: ${call}<[${parameterOf(input)}], Answer<${answer}>>;`];
}

function parameterOf(input: string): string {
  if (input === "void") return "input?: undefined";
  const [name = "", ...rest] = input.split(" | ");
  return rest.includes("undefined") ? `input?: ${name}` : `input: ${name}`;
}

function docLine(text: string, indent: string): string[] {
  return text === "" ? [] : [`${indent}/** ${text} */`];
}

function groupName(group: string): string {
  return `${group.slice(0, 1).toUpperCase()}${group.slice(1)}Api`;
}
