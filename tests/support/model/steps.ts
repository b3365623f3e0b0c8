import fc from "fast-check";
import { checkWorld } from "./checks.js";
import type { Program } from "./program.js";
import type { Message, Wire } from "./wire.js";
import type { Kind, World } from "./world.js";

export type Step = fc.AsyncCommand<World, World>;
export type Steps = fc.Arbitrary<Step>;

/** Steps that were made, over all runs. */
export interface Counter {
  steps: number;
  /** At which of them something was wrong first. */
  firstFault: number | null;
}

interface Doing {
  says: string;
  isPossible?: (world: World) => boolean;
  does(world: World): unknown;
}

export type Call = Parameters<World["make"]>[2];
export type Maker = ReturnType<typeof createMaker>;

/** How steps are made that say what they do, are counted, and after which everything is checked. */
export function createMaker(kind: Kind, counter: Counter) {
  const step = ({ says, isPossible = () => true, does }: Doing): Step => ({
    check: isPossible,
    async run(world) {
      counter.steps++;
      await does(world);
      await world.time.settle();
      checkWorld(world);
    },
    toString: () => says,
  });
  const of = fc.nat(1);
  const inProgram = (name: string, does: (program: Program, world: World) => unknown): Steps =>
    of.map((at) => step({ says: `${kind} ${at + 1}: ${name}`, does: (world) => does(world.program(at), world) }));
  return {
    kind,
    step,
    inProgram,
    call: (name: string, make: Call): Steps =>
      inProgram(name, (program, world) => void world.make(program, name, make)),
    onWire: (name: string, does: (wire: Wire, message: Message, world: World) => unknown): Steps =>
      fc.nat(4).map((at) =>
        step({
          says: `wire: ${name} (${at})`,
          isPossible: ({ wire }) => wire.pending().length > at,
          does(world) {
            const message = world.wire.pending()[at];
            return message && does(world.wire, message, world);
          },
        }),
      ),
  };
}
