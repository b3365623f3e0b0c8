import { from } from "solid-js";
import { client } from "../client.ts";

/** Who is signed in, as a signal. */
export function useSession() {
  return from((set) => client.session.subscribe(() => set(client.session.get())), client.session.get());
}
