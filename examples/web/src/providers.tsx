import type { RegistrationIncomplete } from "@keywright/client";
import { useKeywright } from "@keywright/client/react";
import { startSocial } from "@keywright/client/social";
import { useCallback, useEffect } from "react";
import { Alert, Form } from "./form.tsx";
import { useCall } from "./use-call.ts";

/** A button for each provider that the server has. */
export function ProviderButtons() {
  const client = useKeywright();
  const { run: load, answer: providers = [] } = useCall(useCallback(() => client.social.providers.query(), [client]));
  const start = useCall((provider: string) => startSocial(client, { provider }));
  useEffect(() => {
    load(undefined);
  }, [load]);
  if (providers.length === 0) return null;
  return (
    <section>
      <Alert error={start.error} />
      {providers.map(({ id, name }) => (
        <button key={id} type="button" disabled={start.isPending} onClick={() => start.run(id)}>
          Sign in with {name}
        </button>
      ))}
    </section>
  );
}

const details = [
  { name: "email", label: "E-mail", type: "email", autoComplete: "email" },
  { name: "username", label: "Username", autoComplete: "username" },
  { name: "firstName", label: "First name", autoComplete: "given-name" },
  { name: "lastName", label: "Last name", autoComplete: "family-name" },
] as const;

/** Asks for what the server requires and the provider has not said. */
export function CompleteSignIn({ missing, ticket }: RegistrationIncomplete) {
  const { social } = useKeywright();
  const fields = details.filter(({ name }) => missing.includes(name));
  return (
    <Form
      title="Tell us a little more"
      button="Sign in"
      fields={fields}
      call={(value) =>
        social.complete.mutate({ ticket, ...Object.fromEntries(fields.map(({ name }) => [name, value(name)])) })
      }
      done={({ status }) => status === "verification_sent" && "Follow the link that we sent you."}
    >
      <a href="/">Sign in another way</a>
    </Form>
  );
}
