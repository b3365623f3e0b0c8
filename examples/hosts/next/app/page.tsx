import { headers } from "next/headers";
import { keywright } from "../lib/keywright";
import { createCaller } from "../lib/router";
import { signIn, signOut } from "./actions";

/** Rendered on the server, for whoever is signed in in this browser. */
export default async function Page() {
  const caller = createCaller(await keywright.contextOf(await headers()));
  const current = await caller.auth.session();
  if (current === null) {
    return (
      <form action={signIn}>
        <input name="email" type="email" required />
        <input name="password" type="password" required />
        <button type="submit">Sign in</button>
      </form>
    );
  }
  const posts = await caller.posts.mine();
  return (
    <form action={signOut}>
      <p>You are signed in as {current.user.email}.</p>
      <p>{posts.join(", ")}</p>
      <button type="submit">Sign out</button>
    </form>
  );
}
