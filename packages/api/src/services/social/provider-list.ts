import type { SocialProvider } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import { waysOf } from "../../providers/provider.js";

/** For buttons, in the order of the configuration. */
export function listProviders({ providers }: Deps): SocialProvider[] {
  return providers.list.map((provider) => ({ id: provider.id, name: provider.name, accepts: waysOf(provider) }));
}
