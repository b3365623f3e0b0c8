import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One instruction of a guide. */
export interface Step {
  /** The heading that it stands under. */
  section: string;
  /** A command, a new file, or a change of one, in the form of a diff. */
  kind: "run" | "write" | "change";
  /** Empty for a command. */
  path: string;
  text: string;
}

/** What a guide says to do, in its order: commands, and blocks of code under the name of a file. */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let [section, path] = ["", ""];
  for (const [, heading, file, language = "", text = ""] of page.matchAll(
    /^## (.+)$|^\*\*`(.+)`\*\*$|^```(\w+)\n([\s\S]*?)^```$/gm,
  )) {
    if (heading !== undefined) section = heading;
    else if (file !== undefined) path = file;
    else if (language === "sh") steps.push({ section, kind: "run", path: "", text: text.trim() });
    else steps.push({ section, kind: language === "diff" ? "change" : "write", path, text });
  }
  return steps;
}

/** Makes and changes the files in `folder` as a reader would. Throws if a change does not fit exactly one place. */
export function follow(steps: readonly Step[], folder: string): void {
  for (const { kind, path, text } of steps) {
    const file = join(folder, path);
    if (kind === "change") writeFileSync(file, changed(readFileSync(file, "utf8"), { path, text }));
    if (kind !== "write") continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Lines that a reader types, without empty ones. */
export function linesAdded(steps: readonly Step[]): number {
  const typed = steps.flatMap(({ kind, text }) => {
    const lines = text.split("\n");
    return kind === "change" ? lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1)) : lines;
  });
  return typed.filter((line) => line.trim() !== "").length;
}

function changed(content: string, { path, text }: Pick<Step, "path" | "text">): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const side = (other: string) => lines.filter((line) => !line.startsWith(other)).map((line) => line.slice(1));
  const [before, after] = [side("+").join("\n"), side("-").join("\n")];
  const places = content.split(before).length - 1;
  if (before === "" || places !== 1) throw new Error(`${places} places in ${path} have these lines:\n${before}`);
  return content.replace(before, () => after);
}
