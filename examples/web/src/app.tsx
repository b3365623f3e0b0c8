import { useSession } from "@keywright/client/react";
import { Account } from "./account.tsx";
import { ForgottenPassword, ResetPassword, SignIn, SignUp, VerifyEmail } from "./visitor.tsx";

/** The pages by address. The two with a token are linked from mails, and open to everybody. */
export function App() {
  const { pathname, searchParams } = new URL(location.href);
  const token = searchParams.get("token") ?? "";
  if (pathname === "/verify-email") return <VerifyEmail token={token} />;
  if (pathname === "/reset-password") return <ResetPassword token={token} />;
  return <Door pathname={pathname} />;
}

function Door({ pathname }: { pathname: string }) {
  const { status, user, session } = useSession();
  if (status === "loading") return <p>One moment …</p>;
  // The key resets the page for another user, who may sign in in another tab.
  if (status === "signedIn") return <Account key={user.id} user={user} session={session} />;
  if (pathname === "/sign-up") return <SignUp />;
  return pathname === "/forgotten-password" ? <ForgottenPassword /> : <SignIn />;
}
