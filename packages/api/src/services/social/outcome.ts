import type { RegistrationField } from "../../contract/types.js";
import type { Deps } from "../../deps.js";
import type { Provider } from "../../providers/provider.js";
import type { MarkedAccount } from "../../sessions/device-mark.js";
import type { StartedSession, UnfinishedSignIn } from "../start-session.js";
import type { KeptTokens, VouchedIdentity } from "./grants.js";

/** Somebody who wants to sign in with a provider. */
export interface Newcomer {
  provider: Provider;
  identity: VouchedIdentity;
  tokens: KeptTokens | null;
  remember: boolean;
  deviceName: string | null;
  /** The accounts that have signed in on this browser before. */
  devices: MarkedAccount[];
  /** Whether the person chose the username here: if it is taken, they must be told. */
  isUsernameChosen?: boolean;
  /** Uses up what the sign-in is based on, in its transaction. */
  use?(deps: Deps): Promise<void>;
}

/** How a sign-in with a provider ends; refusals are thrown. */
export type SocialOutcome =
  | { status: "signed_in"; started: StartedSession; created: boolean }
  | { status: "registration_incomplete"; missing: RegistrationField[] }
  | { status: "verification_sent" };

/** The same within the transaction. A conflict is mailed about, which a thrown refusal would undo. */
export type UnfinishedOutcome =
  | { status: "started"; started: UnfinishedSignIn; created: boolean }
  | { status: "conflict"; email: string; userId: string }
  /** It is recorded, which a thrown refusal would undo. */
  | { status: "refused"; reason: "ACCOUNT_DISABLED" | "EMAIL_NOT_VERIFIED"; userId: string }
  /** `isOwn`: an earlier try of the same person has the address. */
  | { status: "unproved"; email: string; isOwn: boolean }
  /** Somebody else has changed the account meanwhile. */
  | { status: "overtaken" }
  | Exclude<SocialOutcome, { status: "signed_in" }>;
