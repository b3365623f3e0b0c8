import type { SessionInfo, User } from "@keywright/client";
import { useKeywright, useSignOut } from "@keywright/client/react";
import { Alert, Form } from "./form.tsx";
import { Sessions } from "./sessions.tsx";
import { SignInMethods } from "./sign-in-methods.tsx";

export function Account({ user, session }: { user: User; session: SessionInfo }) {
  const { signOut, isPending, error } = useSignOut();
  return (
    <>
      <header>
        <h1>Hello {user.firstName || user.email}</h1>
        <button type="button" disabled={isPending} onClick={() => signOut()}>
          Sign out
        </button>
      </header>
      <Alert error={error} />
      {user.emailVerified ? <Settings user={user} /> : <Unverified email={user.email ?? ""} />}
      <Sessions key={session.id} />
    </>
  );
}

function Unverified({ email }: { email: string }) {
  const { registration } = useKeywright();
  return (
    <Form
      title={`Follow the link that we sent to ${email}`}
      button="Send it again"
      call={() => registration.resendVerification.mutate({ email })}
      done={() => "It is on its way."}
    />
  );
}

function Settings({ user }: { user: User }) {
  const client = useKeywright();
  return (
    <>
      <Form
        title="Profile"
        button="Save"
        fields={[
          { name: "firstName", label: "First name", autoComplete: "given-name", defaultValue: user.firstName },
          { name: "lastName", label: "Last name", autoComplete: "family-name", defaultValue: user.lastName },
        ]}
        call={(value) => client.user.update.mutate({ firstName: value("firstName"), lastName: value("lastName") })}
        done={() => "Your profile was saved."}
      />
      <SignInMethods user={user} />
    </>
  );
}
