import type { Stage } from "./stage.js";
import { archived, settled } from "./stages-settled.js";
import { completing, crossed, free, freeMandatory } from "./stages-strangers.js";
import { contested, passwordless, unverified } from "./stages-unproved.js";

export const stages: Record<string, Stage> = {
  archived,
  unverified,
  contested,
  passwordless,
  free,
  freeMandatory,
  completing,
  crossed,
  settled,
};
