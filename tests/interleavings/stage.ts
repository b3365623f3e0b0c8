import type { TestApp, TestConfig } from "../support/app.js";
import type { Transport } from "./calls.js";
import type { Play } from "./ring.js";

/** What each of two callers does: the same thing, with a session of their own each. */
export type Plays = readonly [Play, Play];

/** A scene, and the calls that can be made in it. */
export interface Stage {
  config: TestConfig;
  prepare(director: TestApp, transport: Transport): Promise<Record<string, Plays>>;
}
