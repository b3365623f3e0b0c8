import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));
const contract = `${root}packages/api/src/contract/procedures.ts`;

/** Procedure → the reasons that its type in the contract declares, as the compiler sees them. */
export function contractReasons(): Record<string, string[]> {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram([contract], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(contract);
  const module = source && checker.getSymbolAtLocation(source);
  const routers = module && checker.getExportsOfModule(module).find(({ name }) => name === "AuthRouters");
  if (!source || !routers) throw new Error("The contract has no AuthRouters.");

  function memberOf(type: ts.Type, names: string[]): ts.Type {
    return names.reduce((inner, name) => {
      const member = checker.getPropertyOfType(inner, name);
      if (!member) throw new Error(`There is no ${name} in ${checker.typeToString(inner)}.`);
      return checker.getTypeOfSymbol(member);
    }, type);
  }

  const reasons = (procedure: ts.Type) => {
    const reason = memberOf(procedure, ["_def", "$types", "errorShape", "data", "reason"]);
    return (reason.isUnion() ? reason.types : [reason]).flatMap((one) => (one.isStringLiteral() ? [one.value] : []));
  };
  const entries = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(routers)).flatMap((group) => {
    const members = checker.getPropertiesOfType(checker.getTypeOfSymbol(group));
    return members.map((procedure): [string, string[]] => {
      return [`${group.name}.${procedure.name}`, reasons(checker.getTypeOfSymbol(procedure)).toSorted()];
    });
  });
  return Object.fromEntries(entries);
}
