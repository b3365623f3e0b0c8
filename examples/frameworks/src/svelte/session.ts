import { createSubscriber } from "svelte/reactivity";
import { client } from "../client.ts";

const follow = createSubscriber((update) => client.session.subscribe(update));

/** Who is signed in: `session.current` in a component or an effect. */
export const session = {
  get current() {
    follow();
    return client.session.get();
  },
};
