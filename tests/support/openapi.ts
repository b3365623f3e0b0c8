import type { OpenApiDocument } from "@keywright/api";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** Checks real calls against a document: a procedure's input and its answers, each by its schema. */
export function checkerOf(document: OpenApiDocument) {
  // Answers may grow, so their schemas are open; they are closed here, to see that the document omits nothing.
  const closed = { $id: "document", ...JSON.parse(JSON.stringify(document), closeObject) };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(closed);

  function faultsOf(pointer: string[], value: unknown): string[] {
    const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
    const validate = ajv.getSchema(`document#/${escaped.join("/")}`);
    if (!validate) return [`The document has no ${pointer.join(" ")}.`];
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  /** Where the document has a procedure, such as `["paths", "/trpc/auth.login", "post"]`. */
  function pointerTo(procedure: string): string[] {
    const path = `/trpc/${procedure}`;
    return ["paths", path, document.paths[path]?.get ? "get" : "post"];
  }

  return {
    isQuery: (procedure: string) => pointerTo(procedure).at(-1) === "get",
    /** What is wrong with an answer. */
    answerFaults(procedure: string, status: number, body: unknown): string[] {
      const content = ["content", "application/json", "schema"];
      return faultsOf([...pointerTo(procedure), "responses", String(status), ...content], body);
    },
    /** Whether a procedure accepts an input; one without an input is not described as checking it. */
    takes(procedure: string, input: unknown): boolean {
      const isQuery = pointerTo(procedure).at(-1) === "get";
      if (isQuery && document.paths[`/trpc/${procedure}`]?.get?.parameters?.[0]?.name !== "input") return true;
      const pointer = [...pointerTo(procedure), ...(isQuery ? ["parameters", "0"] : ["requestBody"])];
      const wire = input === undefined ? {} : { json: input };
      return faultsOf([...pointer, "content", "application/json", "schema"], wire).length === 0;
    },
  };
}

function closeObject(_key: string, value: unknown): unknown {
  const isOpen = Object(value) === value && "properties" in Object(value) && !("additionalProperties" in Object(value));
  return isOpen ? { ...Object(value), additionalProperties: false } : value;
}

/** The reasons for which, according to a document, a procedure can be refused. */
export function reasonsIn(document: OpenApiDocument, procedure: string): string[] {
  const { get, post } = document.paths[`/trpc/${procedure}`] ?? {};
  return Object.values((get ?? post)?.responses ?? {}).flatMap(({ content }) => {
    const name = content["application/json"].schema.$ref?.split("/").at(-1) ?? "";
    return [...JSON.stringify(document.components.schemas[name] ?? {}).matchAll(/"reason":(\{[^}]*\})/g)].flatMap(
      ([, text = "{}"]) => JSON.parse(text).enum ?? [],
    );
  });
}
