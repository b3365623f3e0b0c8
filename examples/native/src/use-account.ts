import type { SessionInfo, UserEvent } from "@keywright/client";
import { english, messageOf } from "@keywright/client/messages";
import { useKeywright } from "@keywright/client/react";
import { useCallback, useEffect, useState } from "react";

interface Account {
  devices: SessionInfo[];
  events: UserEvent[];
}

/** What the account screen shows besides the user, and how to refresh it. */
export function useAccount() {
  const client = useKeywright();
  const [account, setAccount] = useState<Account | null>(null);
  const [fault, setFault] = useState("");

  const attempt = useCallback(async (work: () => Promise<unknown>) => {
    setFault("");
    await work().catch((error) => setFault(messageOf(error, english)));
  }, []);

  const load = useCallback(async () => {
    // Called at the same moment, these share one request. `useSession` picks up the answer of `user.me` by itself.
    const [, devices, { events }] = await Promise.all([
      client.user.me.query(),
      client.auth.sessions.query(),
      client.user.events.query({ limit: 5 }),
    ]);
    setAccount({ devices, events });
  }, [client]);

  useEffect(() => void attempt(load), [attempt, load]);

  return {
    account,
    fault,
    reload: () => attempt(load),
    endSession: (id: string) => attempt(() => client.auth.revokeSession.mutate({ id }).then(load)),
  };
}
