import { createHash } from "node:crypto";
import type { KeywrightConfig } from "./config.js";
import type { KeywrightContext } from "./context.js";
import { KeywrightError } from "./contract/reasons.js";
import type { ActionInput, PageHeaders } from "./http/page-context.js";
import type { AdapterInput } from "./http/request.js";
import { createKeywright, type Keywright } from "./keywright.js";
import { safeLog, summarize } from "./log.js";
import { toTrpcError } from "./trpc/error-shapes.js";

/** A Keywright that starts when it is first needed. The methods are those of `Keywright`. */
export interface LazyKeywright {
  createContext(input: AdapterInput): Promise<KeywrightContext>;
  contextOf(headers: PageHeaders, remoteAddress?: string): Promise<KeywrightContext>;
  actionContext(input: ActionInput): Promise<KeywrightContext>;
  oauthCallback(request: Request, remoteAddress?: string): Promise<Response>;
  providerToken(userId: string, provider: string): Promise<string | null>;
  isReady(): Promise<boolean>;
  /** The running Keywright, for everything else. Rejects with the reason if it cannot start. */
  started(): Promise<Keywright>;
  /** Closes it, if it has started. */
  close(): Promise<void>;
}

interface Slot {
  keywright: Promise<Keywright>;
  fingerprint: string;
  turn: number;
}

/** Of this process, not of this module: bundlers load modules several times, and development servers anew at each edit. */
interface Registry {
  slots: Map<string, Slot>;
  /** On the way; what runs meanwhile stays in `slots`. */
  starting: Map<string, Slot>;
  turns: number;
}

/**
 * For modules that a bundler loads while it builds, such as Next's: connects to nothing before the first call, and reads
 * the configuration only then. One `publicUrl` has one running Keywright in a process. When the module is loaded again
 * with other settings, as after an edit in development, the former one is closed; edited functions in the configuration
 * take effect at the next start of the process.
 *
 * While it cannot start, calls are refused with `UNAVAILABLE`, the reason is logged, and each new call tries again.
 *
 * @example
 * export const keywright = lazyKeywright(() => ({ secret: env.KEYWRIGHT_SECRET, publicUrl, database, mailer }));
 */
export function lazyKeywright(configure: () => KeywrightConfig): LazyKeywright {
  const registry = registryOfProcess();
  const turn = registry.turns++;
  let config: KeywrightConfig | null = null;
  let fingerprint = "";
  const started = async () => {
    if (config === null) {
      config = configure();
      fingerprint = fingerprintOf(config);
    }
    return await startOnce(registry, config, { turn, fingerprint });
  };
  const serving = () => started().catch((error: unknown) => refuse(error, config));
  return {
    started,
    createContext: async (input) => (await serving()).createContext(input),
    contextOf: async (headers, remoteAddress) => (await serving()).contextOf(headers, remoteAddress),
    actionContext: async (input) => (await serving()).actionContext(input),
    oauthCallback: async (request, remoteAddress) => (await serving()).oauthCallback(request, remoteAddress),
    providerToken: async (userId, provider) => (await serving()).providerToken(userId, provider),
    isReady: async () => (await started().catch(() => null))?.isReady() ?? false,
    async close() {
      const slot = config && registry.slots.get(config.publicUrl);
      if (slot) await end(registry, slot);
    },
  };
}

function registryOfProcess(): Registry {
  const key = Symbol.for("@keywright/api: running");
  const known: Registry | undefined = Reflect.get(globalThis, key);
  if (known) return known;
  const registry: Registry = { slots: new Map(), starting: new Map(), turns: 0 };
  Reflect.set(globalThis, key, registry);
  return registry;
}

async function startOnce(
  registry: Registry,
  config: KeywrightConfig,
  { turn, fingerprint }: Pick<Slot, "turn" | "fingerprint">,
): Promise<Keywright> {
  const { publicUrl } = config;
  // Only a module loaded later replaces what runs, so that two copies of one module do not take turns at it.
  const fits = (slot: Slot | undefined) => slot && (slot.fingerprint === fingerprint || slot.turn > turn);
  const former = registry.slots.get(publicUrl);
  if (former && fits(former)) return await former.keywright;
  const starting = registry.starting.get(publicUrl);
  if (starting && fits(starting)) return await starting.keywright;
  const slot: Slot = { keywright: createKeywright(config), fingerprint, turn };
  registry.starting.set(publicUrl, slot);
  const keywright = await slot.keywright.finally(() => {
    if (registry.starting.get(publicUrl) === slot) registry.starting.delete(publicUrl);
  });
  // What runs goes on running until its successor does; one that was loaded later may have been quicker.
  const running = registry.slots.get(publicUrl);
  if (running && running.turn > turn) {
    await keywright.close();
    return await running.keywright;
  }
  registry.slots.set(publicUrl, slot);
  if (running) await end(registry, running);
  return keywright;
}

async function end({ slots }: Registry, slot: Slot): Promise<void> {
  for (const [url, current] of slots) if (current === slot) slots.delete(url);
  const keywright = await slot.keywright.catch(() => null);
  await keywright?.close();
}

/** Of plain values only: a bundler gives the same function another text in each bundle. Hashed, for it has secrets. */
function fingerprintOf(config: KeywrightConfig): string {
  const seen = new WeakSet<object>();
  const text = JSON.stringify(config, (_name, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value) || !isPlain(value)) return null;
    seen.add(value);
    return value;
  });
  return createHash("sha256").update(text).digest("hex");
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function refuse(error: unknown, config: KeywrightConfig | null): never {
  const log = safeLog(config?.log);
  // Ours are sentences about settings; others may quote a statement, or what an app's own code has read.
  const isSentence =
    config !== null && error instanceof Error && error.cause === undefined && /\.$/.test(error.message);
  const message = `Keywright cannot start. ${isSentence ? error.message : ""}`.trim();
  log({ level: "error", message, error: summarize(error) });
  throw toTrpcError(new KeywrightError("UNAVAILABLE"));
}
