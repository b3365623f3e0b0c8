import { useKeywright } from "@keywright/client/react";
import { useCallback, useEffect } from "react";
import { Alert } from "./form.tsx";
import { useCall } from "./use-call.ts";

export function Sessions() {
  const client = useKeywright();
  const { run: load, answer: sessions, error } = useCall(useCallback(() => client.auth.sessions.query(), [client]));
  const revocation = useCall((id: string) => client.auth.revokeSession.mutate({ id }));
  useEffect(() => {
    load(undefined);
  }, [load]);

  return (
    <section>
      <h2>Where you are signed in</h2>
      <Alert error={error ?? revocation.error} />
      {sessions?.map(({ id, current, createdAt, deviceName, userAgent }) => (
        <article key={id}>
          <p>
            {deviceName ?? deviceOf(userAgent ?? "")}
            <small>{current ? "This device" : `Since ${createdAt.toLocaleString()}`}</small>
          </p>
          <button type="button" hidden={current} onClick={() => revocation.run(id).then(load)}>
            End
          </button>
        </article>
      ))}
    </section>
  );
}

function deviceOf(userAgent: string): string {
  const [browser] = /Firefox|Edg|Chrome|Safari/.exec(userAgent) ?? ["A browser"];
  const [system] = /Android|iPhone|Windows|Mac OS|Linux/.exec(userAgent) ?? ["another device"];
  return `${browser} on ${system}`;
}
