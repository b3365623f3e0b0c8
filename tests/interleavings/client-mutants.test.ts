import { expect, test } from "vitest";
import { buildClient } from "../support/model/client-code.js";
import { explore } from "../support/model/explore.js";
import type { Kind } from "../support/model/world.js";

interface Mutant {
  /** What the client does without the line. */
  does: string;
  kind: Kind;
  edit: { file: string; from: string; to: string };
  /** How it is found. */
  found: RegExp;
}

const mutants: Mutant[] = [
  {
    does: "shows what was asked for before somebody signed in",
    kind: "tab",
    edit: {
      file: "session-watch.ts",
      from: "const isCurrent = () => era === store.era();",
      to: "const isCurrent = () => true;",
    },
    found: /it shows .* where .* is meant|it does not ask/,
  },
  {
    does: "sends a call as whoever has signed in while it waited",
    kind: "app",
    edit: { file: "bearer.ts", from: "if (era !== session.era() && !asksWho(op)) throw sessionChanged();", to: "" },
    found: /was made as .*, and (?:done|was answered) for/,
  },
  {
    does: "waits for an answer for ever",
    kind: "tab",
    edit: { file: "patience.ts", from: "}, ms);", to: "}, 2 ** 31 - 1);" },
    found: /it has 1 questions under way, and 0 deadlines/,
  },
  {
    does: "waits for a keychain for ever",
    kind: "app",
    edit: { file: "token-keeper.ts", from: "await inTime(work, patienceMs)", to: "await work()" },
    found: /is never answered|with the network well/,
  },
  {
    does: "gives whoever asks by hand the answer to an older question",
    kind: "tab",
    edit: {
      file: "questions.ts",
      from: "if (self.ofNow) return self.ofNow;",
      to: "if (self.underWay) return self.underWay;",
    },
    found: /session\.refresh joins an older question/,
  },
  {
    does: "does not say for whom a call is made",
    kind: "tab",
    edit: { file: "core.ts", from: 'return { "keywright-session": session.id };', to: "return {};" },
    found: /was made as .*, and done for/,
  },
];

// Each is the client's source with one line changed: what finds none of them would find nothing.
test.each(mutants)("the model finds a client that $does", { timeout: 300_000 }, async ({ kind, edit, found }) => {
  const { steps, fault } = await explore({ code: await buildClient([edit]), kind, steps: 50_000, seed: 1 });
  expect(fault).toMatch(found);
  console.info(`${edit.file}, after ${steps} steps: ${fault}`);
});
