import { onMounted, onUnmounted, shallowRef } from "vue";
import { client } from "../client.ts";

/** Who is signed in, as a ref. */
export function useSession() {
  const state = shallowRef(client.session.get());
  const follow = () => {
    state.value = client.session.get();
  };
  onMounted(() => {
    onUnmounted(client.session.subscribe(follow));
    follow();
  });
  return state;
}
