import { useKeywright } from "@keywright/client/react";
import { Form } from "./form.tsx";
import { ProviderButtons } from "./providers.tsx";

// Password managers rely on `autoComplete`.
const email = { name: "email", label: "E-mail", type: "email", autoComplete: "username" } as const;
const password = { name: "password", label: "Password", type: "password" } as const;

export function SignIn() {
  const { auth } = useKeywright();
  return (
    <>
      <Form
        title="Sign in"
        fields={[email, { ...password, autoComplete: "current-password" }]}
        call={(value) => auth.login.mutate({ email: value("email"), password: value("password") })}
      >
        <a href="/sign-up">Create an account</a>
        <a href="/forgotten-password">Forgot your password?</a>
      </Form>
      <ProviderButtons />
    </>
  );
}

/** If the server admits unverified users, the session starts at once. */
export function SignUp() {
  const { registration } = useKeywright();
  return (
    <Form
      title="Create an account"
      fields={[email, { ...password, autoComplete: "new-password" }]}
      call={(value) => registration.register.mutate({ email: value("email"), password: value("password") })}
      done={({ status }) => status === "verification_sent" && "Follow the link that we sent you."}
    >
      <a href="/">Sign in instead</a>
    </Form>
  );
}

/** A button, because mail scanners open links: pressing it consumes the link. */
export function VerifyEmail({ token }: { token: string }) {
  const { registration } = useKeywright();
  return (
    <Form
      title="Verify your e-mail address"
      call={() => registration.verifyEmail.mutate({ token })}
      done={() => "Your e-mail address is verified."}
    >
      <a href="/">To your account</a>
    </Form>
  );
}

export function ForgottenPassword() {
  const client = useKeywright();
  return (
    <Form
      title="Reset your password"
      fields={[email]}
      call={(value) => client.password.requestReset.mutate({ email: value("email") })}
      done={() => "If there is an account with this address, a link is on its way."}
    >
      <a href="/">Sign in instead</a>
    </Form>
  );
}

export function ResetPassword({ token }: { token: string }) {
  const client = useKeywright();
  return (
    <Form
      title="Choose a new password"
      fields={[{ ...password, name: "newPassword", autoComplete: "new-password" }]}
      call={(value) => client.password.reset.mutate({ token, newPassword: value("newPassword") })}
      done={() => "Your new password was saved."}
    >
      <a href="/">Sign in</a>
    </Form>
  );
}
