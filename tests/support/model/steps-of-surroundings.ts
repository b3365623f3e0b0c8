import fc from "fast-check";
import { calmDown } from "./calm.js";
import type { Maker, Steps } from "./steps.js";
import type { Message, Wire } from "./wire.js";
import type { World } from "./world.js";

/** What becomes of requests and answers. Most of them arrive. */
export function stepsOfWire({ onWire }: Maker): Steps[] {
  const arrive = onWire("arrives", (wire, message) => wire.arrive(message));
  return [
    arrive,
    arrive,
    arrive,
    arrive,
    onWire("is answered", (wire, message) => void wire.reach(message)),
    onWire("arrives twice", (wire, message) => wire.arriveTwice(message)),
    onWire("is dropped", (wire, message) => wire.drop(message)),
    onWire("is answered in vain", loseAnswer),
    onWire("loses its answer's body", loseBody),
    onWire("meets a proxy's page", (wire, message) => wire.fail(message)),
    onWire("is limited", (wire, message) => wire.limit(message, 120)),
    onWire("hangs", (wire, message) => wire.hang(message)),
  ];
}

/** Time, the device's clock, and what the server does by itself. */
export function stepsOfSurroundings({ step }: Maker): Steps[] {
  return [
    fc
      .constantFrom(1, 100, 5_001, 30_001, 121_000, 301_000, 3_600_000, 8 * 86_400_000)
      .map((ms) => step({ says: `${ms} ms pass`, does: ({ time }) => time.pass(ms) })),
    fc
      .constantFrom(-24, -1, 1, 24)
      .map((hours) => step({ says: `the clock is set by ${hours} h`, does: (world) => setClock(world, hours) })),
    fc.nat(1).map((person) =>
      step({
        says: `the server ends all sessions of ${person === 0 ? "Ada" : "Bob"}`,
        does: (world) => endSessions(world, person),
      }),
    ),
    fc.constant(step({ says: "the network is well", does: calmDown })),
  ];
}

/** No tab asks after a call that changes nothing about who is signed in. */
function noteLost({ paths }: Message, world: World): void {
  if (paths.includes("user.update")) world.setUntold(true);
}

function loseAnswer(wire: Wire, message: Message, world: World): void {
  noteLost(message, world);
  wire.reach(message);
  wire.drop(message);
}

function loseBody(wire: Wire, message: Message, world: World): void {
  noteLost(message, world);
  wire.tear(message);
}

/** Whether a session has ended can then not be told by the clock. */
function setClock(world: World, hours: number): void {
  world.device.clockOffMs += hours * 3_600_000;
  world.setUntold(true);
}

function endSessions(world: World, person: number): void {
  for (const session of world.server.sessions.all) {
    if (session.person === world.server.people[person]) session.isOver = true;
  }
  world.setUntold(true);
}
