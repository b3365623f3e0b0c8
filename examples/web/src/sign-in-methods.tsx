import { reasonOf, type User } from "@keywright/client";
import { useKeywright } from "@keywright/client/react";
import { startSocial } from "@keywright/client/social";
import { useCallback, useEffect, useState } from "react";
import { Alert, Form } from "./form.tsx";
import { useCall } from "./use-call.ts";

type Confirmable = <T>(call: Promise<T>) => Promise<T>;

/** Password and providers. If the sign-in was long ago, the server wants to know first that it is still the same person. */
export function SignInMethods({ user: { hasPassword } }: { user: User }) {
  const { auth } = useKeywright();
  const [mustConfirm, setMustConfirm] = useState(false);
  const confirmable: Confirmable = (call) =>
    call.catch(async (error) => {
      if (reasonOf(error) !== "REAUTHENTICATION_REQUIRED") throw error;
      if (!hasPassword) await auth.requestCode.mutate();
      setMustConfirm(true);
      throw error;
    });
  const proof = hasPassword
    ? ({ name: "password", label: "Password", type: "password", autoComplete: "current-password" } as const)
    : ({ name: "code", label: "The code that we mailed you", autoComplete: "one-time-code" } as const);
  return (
    <>
      {mustConfirm && (
        <Form
          title="Confirm that it is you"
          fields={[proof]}
          call={(value) => auth.reauthenticate.mutate({ [proof.name]: value(proof.name) })}
          done={() => "Thank you. Please try again."}
        />
      )}
      <Password hasPassword={hasPassword} confirmable={confirmable} />
      <Providers confirmable={confirmable} />
    </>
  );
}

function Password({ hasPassword, confirmable }: { hasPassword: boolean; confirmable: Confirmable }) {
  const client = useKeywright();
  const field = { name: "newPassword", label: "New password", type: "password", autoComplete: "new-password" } as const;
  if (!hasPassword)
    return (
      <Form
        title="Set a password"
        fields={[field]}
        call={(value) => confirmable(client.password.change.mutate({ newPassword: value("newPassword") }))}
      />
    );
  return (
    <Form
      title="Change password"
      fields={[
        { ...field, name: "currentPassword", label: "Current password", autoComplete: "current-password" },
        field,
      ]}
      call={(value) =>
        client.password.change.mutate({ currentPassword: value("currentPassword"), newPassword: value("newPassword") })
      }
      done={() => "Your password was changed. You are signed out everywhere else."}
    />
  );
}

function Providers({ confirmable }: { confirmable: Confirmable }) {
  const client = useKeywright();
  const loading = useCallback(
    () => Promise.all([client.social.providers.query(), client.social.accounts.query()]),
    [client],
  );
  const { run: load, answer: [providers, accounts] = [[], []], error } = useCall(loading);
  const connection = useCall((provider: string) =>
    confirmable(startSocial(client, { provider, purpose: "connect", returnTo: location.href })),
  );
  const removal = useCall((id: string) => confirmable(client.social.disconnect.mutate({ id })));
  useEffect(() => {
    load(undefined);
  }, [load]);
  if (providers.length + accounts.length === 0) return null;
  return (
    <section>
      <h2>Providers that you can sign in with</h2>
      <Alert error={error ?? connection.error ?? removal.error} />
      {accounts.map(({ id, provider, email }) => (
        <article key={id}>
          <p>
            {providers.find((known) => known.id === provider)?.name ?? provider} <small>{email}</small>
          </p>
          <button type="button" onClick={() => removal.run(id).then(load)}>
            Disconnect
          </button>
        </article>
      ))}
      {providers.map(({ id, name }) => (
        <button key={id} type="button" onClick={() => connection.run(id)}>
          Connect {name}
        </button>
      ))}
    </section>
  );
}
