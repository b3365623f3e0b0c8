import { baseReasons, fieldReasons, reasons } from "../../packages/api/src/contract/reasons.js";
import { loneCalls, sessionEffects } from "../../packages/api/src/contract/session-effects.js";
import { constraintsOf, type DeclaredInput, type DeclaredProcedure, readInputs, readProcedures } from "./contract.js";

const head = `// Made from the server's contract by \`npm run generate\`: change packages/api/src/contract/procedures.ts and input-types.ts.
`;

/** Refusals that many procedures have in common, by a name: written out each time, they are a tenth of the declarations. */
const together: Record<string, string[]> = {
  LinkReason: ["TOKEN_INVALID", "TOKEN_EXPIRED"],
  FreshReason: ["NOT_AUTHENTICATED", "REAUTHENTICATION_REQUIRED"],
  ProviderReason: ["SOCIAL_NOT_CONFIGURED", "PROVIDER_REFUSED", "PROVIDER_UNAVAILABLE", "PROVIDER_TOKEN_INVALID"],
  SignUpReason: ["ACCOUNT_DISABLED", "EMAIL_NOT_VERIFIED", "REGISTRATION_CLOSED", "EMAIL_TAKEN", "EMAIL_CONFLICT"],
};

/** The flat types of the client: what each procedure takes, answers and is refused for, and nothing to compute. */
export function clientApi(): string {
  const procedures = readProcedures();
  const groups = [...new Set(procedures.map(({ group }) => group))];
  const inputs = readInputs().map((input) => inputText(input, procedures));
  const apis = groups.map((group) => groupText(group, procedures));
  const all = groups.map((group) => `  ${group}: ${groupName(group)};`);
  const shared = Object.entries(together).map(([name, list]) => `type ${name} = ${union(list)};\n`);
  const text = [
    shared.join(""),
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
    return [...docLines([words], "  "), `  ${field.name}${field.isOptional ? "?" : ""}: ${field.type};`];
  });
  return [
    ...docLines([doc], ""),
    `export interface ${name} ${base ? `extends ${base} ` : ""}{`,
    ...lines,
    "}",
    "",
  ].join("\n");
}

function groupText(group: string, procedures: DeclaredProcedure[]): string {
  const own = procedures.filter((procedure) => procedure.group === group);
  return [`export interface ${groupName(group)} {`, ...own.flatMap(procedureLines), "}", ""].join("\n");
}

function procedureLines(procedure: DeclaredProcedure): string[] {
  const { name, kind, doc, input, output, reasons: own } = procedure;
  const tags = own.length === 0 ? [] : [`@throws ${own.join(", ")}`];
  const answer = own.length === 0 ? output : `${output}, ${refusals(own)}`;
  const call = kind === "query" ? "Query" : "Mutation";
  return [...docLines([doc, ...tags], "  "), `  ${name}: ${call}<[${parameterOf(input)}], Answer<${answer}>>;`];
}

function refusals(own: readonly string[]): string {
  const names = Object.keys(together).filter((name) => together[name]?.every((reason) => own.includes(reason)));
  const named = names.flatMap((name) => together[name] ?? []);
  const rest = own.filter((reason) => !named.includes(reason));
  return [...names, ...(rest.length > 0 ? [union(rest)] : [])].join(" | ");
}

function parameterOf(input: string): string {
  if (input === "void") return "input?: undefined";
  const [name = "", ...rest] = input.split(" | ");
  return rest.includes("undefined") ? `input?: ${name}` : `input: ${name}`;
}

function docLines(paragraphs: string[], indent: string): string[] {
  const [first = "", ...rest] = paragraphs.filter((text) => text !== "");
  if (first === "") return [];
  if (rest.length === 0) return [`${indent}/** ${first} */`];
  return [`${indent}/**`, ...[first, ...rest].map((text) => `${indent} * ${text}`), `${indent} */`];
}

function groupName(group: string): string {
  return `${group.slice(0, 1).toUpperCase()}${group.slice(1)}Api`;
}
