import type { Deps } from "../../deps.js";
import { callProvider, type ProviderCall, type ProviderRefusal } from "../../providers/call-provider.js";
import type { Provider } from "../../providers/provider.js";
import type { Visitor } from "../../who.js";

interface Question<T> {
  provider: Provider;
  /** What the caller is told if the provider says no. */
  refusal: ProviderRefusal;
  work(call: ProviderCall): Promise<T>;
}

/** Asks a provider something; why it failed is logged, so that a mistake in its set-up can be found. */
export async function asking<T>(
  deps: Deps,
  who: Pick<Visitor, "requestId">,
  { provider, refusal, work }: Question<T>,
): Promise<T> {
  const explain = (why: string) => {
    const message = `Signing in with the provider ${provider.id} failed: ${why}.`;
    deps.log({ level: "warn", message, requestId: who.requestId });
  };
  return await callProvider(provider, { now: deps.now(), refusal, explain }, work);
}
