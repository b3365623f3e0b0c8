import { createKeywrightClient } from "@keywright/client";
import { expect, test } from "vitest";
import { computed, isReactive, isRef, reactive, ref, shallowRef, toRaw, unref } from "vue";

test("a client stays as it is in Vue's refs and reactive objects, and its session store works in them (C18)", async () => {
  const sent: string[] = [];
  const client = createKeywrightClient({
    url: "http://localhost:1",
    fetch: async (url) => {
      sent.push(url);
      return Response.json({ result: { data: { json: null } } });
    },
  });
  for (const held of [ref(client), shallowRef(client), reactive({ value: client }), computed(() => client)]) {
    expect(held.value === client).toBe(true);
    expect(held.value.session === client.session).toBe(true);
  }
  expect([isRef(client), isReactive(client), unref(client) === client, toRaw(client) === client]).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(sent).toEqual([]);

  const store = ref(client.session);
  const state = ref(store.value.get());
  const stop = store.value.subscribe(() => {
    state.value = store.value.get();
  });
  await store.value.refresh();
  expect(state.value === client.session.get()).toBe(true);
  expect(state.value.status).toBe("signedOut");
  stop();
});
