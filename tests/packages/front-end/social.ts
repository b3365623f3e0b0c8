import { createKeywrightClient, reasonOf, safe } from "@keywright/client";
import { readSocialReturn, startSocial } from "@keywright/client/social";

const client = createKeywrightClient({ url: "https://api.example.com" });

export async function signIn(provider: string): Promise<string> {
  const [, error] = await safe(startSocial(client, { provider, returnTo: "/account" }));
  switch (error?.data?.reason) {
    case undefined:
      return "no connection, or gone to the provider";
    case "SOCIAL_NOT_CONFIGURED":
    case "PROVIDER_UNAVAILABLE":
      return "try another one";
    default:
      return reasonOf(error) ?? "";
  }
}

/** How it ended. */
export function ending(address: string): string {
  const back = readSocialReturn(address);
  switch (back?.status) {
    case undefined:
      return "signed in";
    case "failed":
      return back.failure.data?.reason ?? "";
    case "registration_incomplete":
      return `${back.missing.join()} for ${back.ticket}`;
    case "handed_off":
      return back.handoff;
    case "verification_sent":
      return "look into your mailbox";
  }
}
