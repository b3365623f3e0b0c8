import type { KeywrightClient } from "@keywright/client";
import {
  KeywrightProvider,
  useCall,
  useKeywright,
  useSession,
  useSignIn,
  useSignOut,
  useSignUp,
  useStartSocial,
} from "@keywright/client/react";
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
  const { signOut } = useSignOut();
  if (session.status === "loading") return "…";
  if (session.status === "signedOut") return createElement(SignInPage);
  const { firstName, createdAt } = session.user;
  return createElement(
    "button",
    { onClick: signOut, type: "button" },
    `${firstName}, since ${createdAt.getFullYear()}`,
  );
}

function SignInPage(): ReactNode {
  const { signIn, isPending, error, data } = useSignIn();
  const { signUp, fieldErrors } = useSignUp();
  const input = { email: "ada@example.com", password: "correct horse" };
  const onSubmit = () => void signIn(input).then(async (answer) => answer?.user ?? (await signUp(input)));
  const isWrong = error?.data?.reason === "INVALID_CREDENTIALS";
  const text = isWrong ? error.message : (fieldErrors.email?.[0]?.message ?? data?.user.firstName);
  return createElement("form", { onSubmit, hidden: isPending }, text, createElement(Providers));
}

function Providers(): ReactNode {
  const { auth } = useKeywright();
  const { startSocial } = useStartSocial();
  const { call, data, error } = useCall(auth.reauthenticate.mutate);
  const onClick = () => void startSocial({ provider: "google" }).then(() => call({ password: "correct horse" }));
  const text = error?.data?.reason === "WRONG_PASSWORD" ? error.message : data?.authenticatedAt.toISOString();
  return createElement("button", { onClick, type: "button" }, text);
}
