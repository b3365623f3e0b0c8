import type { Program } from "./program.js";
import type { Time } from "./time.js";

/** The channels between the tabs of one browser: what one says, the others hear a millisecond later. */
export function createChannels(time: Time) {
  const open = new Set<{ program: () => Program; hear: () => void }>();
  const tellOthers = (own: object) => {
    for (const channel of [...open]) {
      if (channel === own) continue;
      channel.program().table.told();
      channel.hear();
    }
  };
  /** What a tab has as `BroadcastChannel`. */
  return (program: () => Program) =>
    function openChannel() {
      const own = { program, hear: () => {} };
      open.add(own);
      return {
        addEventListener(_type: string, hear: () => void) {
          own.hear = hear;
        },
        postMessage: () => time.after(1, () => tellOthers(own)),
        close: () => open.delete(own),
      };
    };
}
