import { expect, test } from "vitest";
import { createRing } from "./ring.js";
import { stages } from "./stages.js";

/** What is refused even if nobody is in the way: of interest is what the other call makes of it. */
const refused = [
  "contested: registration.register: EMAIL_TAKEN",
  "free: registration.register of a taken name: USERNAME_TAKEN",
  "freeMandatory: registration.register of a taken name: USERNAME_TAKEN",
  "passwordless: social.disconnect: LAST_SIGN_IN_METHOD",
  "unverified: registration.register: EMAIL_TAKEN",
];

// Otherwise a scene whose links have died in the making would be played for hours, and no fault found.
test.each(["cookie", "bearer"] as const)("by %s, every call of every scene does what it is for", async (transport) => {
  const found = [];
  for (const [scene, stage] of Object.entries(stages)) {
    const ring = await createRing(stage.config);
    const plays = await ring.stage((director) => stage.prepare(director, transport));
    for (const [name, either] of Object.entries(plays)) {
      for (const play of new Set(either)) {
        const { outcome, sent } = await ring.play([play, null], { prefix: "", rest: "A" });
        const reason = outcome.reasons[0] ?? null;
        if (reason !== null && reason !== "SKIPPED") found.push(`${scene}: ${name}: ${reason}`);
        else if (!sent[0].some(({ isStep, hasRows }) => isStep && hasRows))
          found.push(`${scene}: ${name}: finds nothing`);
      }
    }
    await ring.close();
  }
  expect([...new Set(found)].toSorted()).toEqual(refused);
});
