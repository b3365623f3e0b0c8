import { createSignal, Match, Switch } from "solid-js";
import { signIn, signOut } from "../account.ts";
import { useSession } from "./use-session.ts";

export function AccountPage() {
  const session = useSession();
  const [refusal, setRefusal] = createSignal("");

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    if (event.currentTarget instanceof HTMLFormElement) setRefusal(await signIn(event.currentTarget));
  }

  return (
    <>
      <Switch fallback={<SignIn onSubmit={submit} />}>
        <Match when={session().status === "loading"}>
          <p>One moment …</p>
        </Match>
        <Match when={session().user}>
          {(user) => (
            <>
              <h1>Hello {user().firstName}</h1>
              <button type="button" onClick={async () => setRefusal(await signOut())}>
                Sign out
              </button>
            </>
          )}
        </Match>
      </Switch>
      <p role="alert">{refusal()}</p>
    </>
  );
}

function SignIn(props: { onSubmit(event: SubmitEvent): void }) {
  return (
    <form onSubmit={(event) => props.onSubmit(event)}>
      <h1>Sign in</h1>
      <label>
        E-mail <input name="email" type="email" autocomplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button type="submit">Sign in</button>
    </form>
  );
}
