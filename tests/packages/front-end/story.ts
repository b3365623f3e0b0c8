import { createKeywrightClient, fieldErrorsOf, memoryTokens, reasonOf, safe } from "@keywright/client";
import { english, messageOf } from "@keywright/client/messages";
import { createKeywrightClient as createPhone, secureTokens } from "@keywright/client/native";

const password = "correct horse";
/** Nobody listens there. */
const nowhere = "http://127.0.0.1:1";

/** What a program sees that signs up at a server, in and out: a line for each thing. */
export async function story(url: string, name: string): Promise<string[]> {
  const email = `${name}@example.com`;
  const client = createKeywrightClient({ url, tokens: memoryTokens() });
  const states: string[] = [];
  const stop = client.session.subscribe(() => states.push(client.session.get().status));
  await client.session.refresh();
  const { status } = await client.registration.register.mutate({ email, password });
  const { user } = await client.auth.login.mutate({ email, password });
  const [me, current] = await Promise.all([client.user.me.query(), client.auth.session.query()]);
  const [, wrong] = await safe(client.auth.login.mutate({ email, password: "wrong horse" }));
  const [, invalid] = await safe(client.password.requestReset.mutate({ email: "nobody" }));
  await client.auth.logout.mutate();
  stop();
  const [, unheard] = await safe(createKeywrightClient({ url: nowhere }).user.me.query());
  return [
    `registered: ${status}`,
    `signed in: ${user.id === me.id}`,
    `two queries at once: ${me.createdAt instanceof Date} ${current?.session.expiresAt instanceof Date}`,
    `wrong password: ${wrong?.data?.reason}: ${messageOf(wrong, english)}`,
    `no address: ${reasonOf(invalid)} ${Object.keys(fieldErrorsOf(invalid)).join()}`,
    `signed out: ${await client.user.me.query().then(() => "no", reasonOf)}`,
    `the session was ${states.join(", ")}`,
    `no server: ${unheard?.data?.reason}: ${messageOf(unheard, english)}`,
    `a phone that is switched off and on: ${await phoneStory(url, email)}`,
  ];
}

async function phoneStory(url: string, email: string): Promise<string> {
  const kept = new Map<string, string>();
  const tokens = secureTokens({
    getItemAsync: async (key) => kept.get(key) ?? null,
    setItemAsync: async (key, value) => void kept.set(key, value),
    deleteItemAsync: async (key) => void kept.delete(key),
  });
  await createPhone({ url, tokens }).auth.login.mutate({ email, password });
  const restarted = createPhone({ url, tokens });
  const { status } = await restarted.session.refresh();
  await restarted.auth.logout.mutate();
  return `${status}, then ${restarted.session.get().status} with ${kept.size} tokens`;
}
