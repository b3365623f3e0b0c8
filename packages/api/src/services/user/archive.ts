import * as db from "@keywright/db";
import type { OwnPasswordInput } from "../../contract/input-types.js";
import type { Nothing } from "../../contract/types.js";
import { type Deps, inTransaction } from "../../deps.js";
import type { Actor } from "../../who.js";
import { credentialsChanged, noticeTo } from "../credentials.js";
import { assertOwner } from "../current-password.js";
import { assertEnded, provingAgain } from "../own-session.js";

/** Archives the caller's account: every session ends, and the next login restores it. Throws `WRONG_PASSWORD`, `NOT_AUTHENTICATED`. */
export async function archiveAccount(deps: Deps, who: Actor, { password }: OwnPasswordInput): Promise<Nothing> {
  return await provingAgain(deps, who, async (who) => {
    await assertOwner(deps, who, { password });
    return await inTransaction(deps, async (deps) => {
      const { id: userId, credentialVersion: version } = who.user;
      const change = { userId, version, state: { archivedAt: deps.now() } };
      const user = await db.raiseCredentialVersion(deps.db, change);
      if (!user) return "overtaken";
      const record = {
        events: [{ kind: "user.archived" as const, userId }],
        mails: noticeTo(deps, user, "archived_notice"),
      };
      assertEnded(deps, who, await credentialsChanged(deps, who, { user, proof: "password", ends: "all", record }));
      return {};
    });
  });
}
