import type { TokenStore } from "@keywright/client";
import type { KeyValueStorage } from "@keywright/client/offline";
import type { Time } from "./time.js";

export type Mood = "quick" | "slow" | "fails" | "hangs";

/** One run of a program. */
export interface Run {
  isOver: boolean;
  /** It knows something newer than what is kept, which counts for it until its end. */
  isUnsaved: boolean;
}

const slowMs = 200;

/** Where the programs of one device keep their token; not always in the mood. */
export function createKeychain(time: Time) {
  const keychain = { kept: null as string | null, mood: "quick" as Mood, isStuck: false };
  const use = <T>(work: () => T): T | Promise<T> => {
    if (keychain.mood === "fails") throw new Error("The keychain is locked.");
    if (keychain.mood === "quick") return work();
    if (keychain.mood === "hangs") keychain.isStuck = true;
    return new Promise((resolve) => {
      if (keychain.mood === "slow") time.after(slowMs, () => resolve(work()));
    });
  };
  return {
    keychain,
    /** As one program has it: what is not done when it ends is not done at all. */
    storeFor(program: Run): TokenStore {
      return {
        load: () => use(() => keychain.kept),
        save(token) {
          program.isUnsaved = true;
          return use(() => {
            if (program.isOver) return;
            keychain.kept = token;
            program.isUnsaved = false;
          });
        },
      };
    },
    /** The session of the token that is kept. */
    sessionId: () => /^refresh~([^~]+)~\d+/.exec(keychain.kept ?? "")?.[1] ?? null,
  };
}

/** What a program keeps that is no secret. */
export function createStorage(): KeyValueStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
