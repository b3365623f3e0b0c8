import { english } from "@keywright/client/messages";
import { useSession } from "@keywright/client/react";
import { readSocialReturn, type SocialReturn } from "@keywright/client/social";
import { useEffect, useState } from "react";
import { Account } from "./account.tsx";
import { Alert } from "./form.tsx";
import { CompleteSignIn } from "./providers.tsx";
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
  const [back] = useState(() => readSocialReturn(location.href));
  useEffect(() => {
    // People reload pages: what a provider's page led back with is told once.
    if (back) history.replaceState(null, "", pathname);
  }, [back, pathname]);
  if (status === "loading") return <p>One moment …</p>;
  return (
    <>
      {back?.status === "failed" && <Alert error={back.failure} messages={words} />}
      {back?.status === "verification_sent" && <output>Follow the link that we sent you.</output>}
      {/* The key resets the page for another user, who may sign in in another tab. */}
      {user ? <Account key={user.id} user={user} session={session} /> : <Visitor pathname={pathname} back={back} />}
    </>
  );
}

/** The usual words are about links and codes. */
const words = {
  ...english,
  TOKEN_INVALID: "This sign-in was not begun in this browser, or is over. Please try again.",
  TOKEN_EXPIRED: "This sign-in has taken too long. Please try again.",
};

function Visitor({ pathname, back }: { pathname: string; back: SocialReturn | null }) {
  if (back?.status === "registration_incomplete") return <CompleteSignIn {...back} />;
  if (pathname === "/sign-up") return <SignUp />;
  return pathname === "/forgotten-password" ? <ForgottenPassword /> : <SignIn />;
}
