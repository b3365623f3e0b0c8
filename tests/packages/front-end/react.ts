import type { KeywrightClient } from "@keywright/client";
import { KeywrightProvider, useKeywright, useSession, useSignIn, useSignOut, useSignUp } from "@keywright/client/react";
import { createElement, type ReactNode } from "react";

interface AppProps {
  client: KeywrightClient;
  children: ReactNode;
}

export function App({ client, children }: AppProps): ReactNode {
  const queryClient = { clear: () => {} };
  return createElement(KeywrightProvider, { client, queryClient, initialSession: null }, children);
}

export function Page(): ReactNode {
  const session = useSession();
  const { auth } = useKeywright();
  const { signOut } = useSignOut();
  if (session.status === "loading") return "…";
  if (session.status === "signedOut") return createElement(SignInPage);
  const { firstName, createdAt } = session.user;
  const onClick = () => void signOut().then(() => auth.session.query());
  return createElement("button", { onClick, type: "button" }, `${firstName}, since ${createdAt.getFullYear()}`);
}

function SignInPage(): ReactNode {
  const { signIn, isPending, error } = useSignIn();
  const { signUp } = useSignUp();
  const input = { email: "ada@example.com", password: "correct horse" };
  const onSubmit = () => void signIn(input).then(async (answer) => answer?.user ?? (await signUp(input)));
  const isWrong = error?.data?.reason === "INVALID_CREDENTIALS";
  return createElement("form", { onSubmit, hidden: isPending }, isWrong ? error.message : null);
}
