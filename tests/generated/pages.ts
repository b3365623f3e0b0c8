import { readInputs, readProcedures } from "./contract.js";

/** What each procedure does, for documents that are made while a server runs, where no comment is left. */
export function descriptions(): string {
  const rows = readProcedures().map(({ group, name, doc }) => `  "${group}.${name}": ${JSON.stringify(doc)},\n`);
  return `// Made from the contract by \`npm run generate\`: change the comments in contract/procedures.ts.

/** What each procedure does for its caller, by its path. */
export const descriptions: Record<string, string> = {
${rows.join("")}};
`;
}

/** The page of the procedures: what each takes, answers and is refused for. */
export function proceduresPage(): string {
  const inputs = new Map(readInputs().map((input) => [input.name, input]));
  const sections = readProcedures().map(({ group, name, kind, doc, input, output, reasons }) => {
    const declared = inputs.get(input.split(" ")[0] ?? "");
    const inherited = inputs.get(declared?.base ?? "")?.fields ?? [];
    const fields = [...inherited, ...(declared?.fields ?? [])];
    const takes = fields.map((field) => `\`${field.name}${field.isOptional ? "?" : ""}\``).join(", ");
    return `## ${group}.${name}

${doc}

- ${kind === "query" ? "Query (GET)" : "Mutation (POST)"}, takes ${takes || "nothing"}
- Answers \`${output}\`
- Refused for ${reasons.map((reason) => `\`${reason}\``).join(", ") || "the general reasons only"}
`;
  });
  return `# Procedures

Made from the server's contract by \`npm run generate\`. The types are in
[types.ts](../packages/api/src/contract/types.ts), lengths and formats of inputs in \`GET /openapi.json\` and in the client's own
types. A field with \`?\` may be left out; which ones \`registration.register\`, \`user.update\` and \`auth.login\` want is a
matter of [settings](settings.md), and \`auth.config\` tells. Any procedure may also be refused for the general reasons:
\`VALIDATION\`, \`FORBIDDEN\`, \`NOT_FOUND\`, \`RATE_LIMITED\`, \`SESSION_CHANGED\`, \`REFUSED_BY_APP\`, \`BATCH_NOT_ALLOWED\`,
\`STREAM_NOT_ALLOWED\`, \`UNAVAILABLE\`, \`INTERNAL\` ([reasons](reasons.md)).

${sections.join("\n")}`;
}
