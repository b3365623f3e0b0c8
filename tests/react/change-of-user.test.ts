import { useKeywright, useSession } from "@keywright/client/react";
import { type AuthRouter, createRouterClient } from "@keywright/client/router";
import {
  keepPreviousData,
  QueryClient,
  QueryClientProvider,
  useMutation,
  useQuery,
  useSuspenseQuery,
} from "@tanstack/react-query";
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { createElement, type ReactNode, Suspense } from "react";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createPage, createVisit, inApp, type Page, signIn } from "../support/page.js";

let app: TestApp;
let page: Page;
let ada: TestUser;
let bob: TestUser;
let visit: ReturnType<typeof createVisit>;
let queryClient: QueryClient;
/** How often was asked who I am, and what the first answer waits for. */
let asked = 0;
let letGo = () => {};
let held: Promise<void>;

beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [await app.addUser(), await app.addUser()];
  page = await createPage();
});
beforeEach(() => {
  visit = createVisit(app);
  queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } });
  asked = 0;
  held = new Promise((resolve) => {
    letGo = resolve;
  });
});
afterEach(() => {
  page.leave();
  queryClient.clear();
  expect(page.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await page.close();
  await app.close();
});

/** Answers the first time when it is let go, and at once from then on. */
function useSlowMe() {
  const { user } = useKeywright();
  return async () => {
    asked++;
    const answer = user.me.query();
    if (asked === 1) await Promise.all([held, answer.catch(() => {})]);
    return await answer;
  };
}

function Me() {
  const me = useQuery({ queryKey: ["me"], queryFn: useSlowMe() });
  return me.data ? `me ${me.data.email}` : `me ${me.status}`;
}

function SuspendedMe() {
  return `me ${useSuspenseQuery({ queryKey: ["me"], queryFn: useSlowMe() }).data.email}`;
}

/** Shows the page before while it waits for the next one, of which there is none until it is let go. */
function Paged({ number }: { number: number }) {
  const { user } = useKeywright();
  const queryFn = async () => {
    if (number === 2) await held;
    return await user.me.query();
  };
  const me = useQuery({ queryKey: ["me", number], queryFn, placeholderData: keepPreviousData });
  return me.data ? `me ${me.data.email}` : `me ${me.status}`;
}

function Profile({ trpc }: { trpc: TRPCOptionsProxy<AuthRouter> }) {
  const me = useQuery(trpc.user.me.queryOptions());
  return me.data ? `me ${me.data.email}` : `me ${me.status}`;
}

function open(...children: ReactNode[]): void {
  const provided = inApp({ client: visit.client, queryClient }, ...children);
  page.render(createElement(QueryClientProvider, { client: queryClient }, provided));
}

const remembered = () =>
  JSON.stringify(
    queryClient
      .getQueryCache()
      .getAll()
      .map(({ state }) => state),
  );

const waiting: [how: string, component: () => ReactNode, text: string][] = [
  ["", Me, "me pending"],
  [", suspended", () => createElement(Suspense, { fallback: "me pending" }, createElement(SuspendedMe)), "me pending"],
];
const before: [who: string, enter: () => Promise<void>][] = [
  ["me to another user", () => signIn(visit.client, ada)],
  ["nobody to another user", async () => void (await visit.client.session.refresh())],
];
const cases = before.flatMap(([who, enter]) =>
  waiting.map(([how, component, text]) => [who, how, { enter, component, text }] as const),
);

test.each(cases)(
  "C2: what is waited for is asked again when the page goes from %s%s",
  async (_who, _how, { enter, component, text }) => {
    await enter();
    open(createElement(component));
    await page.shows(text);
    await expect.poll(() => asked).toBe(1);
    await signIn(visit.otherTab, bob);
    await page.shows(`me ${bob.email}`);
    expect(asked).toBe(2);
    letGo();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(page.text()).toBe(`me ${bob.email}`);
    expect(remembered()).not.toContain(ada.email);
  },
);

test("C2: my page of before does not stand in for the next one when another user is there", async () => {
  await signIn(visit.client, ada);
  open(createElement(Paged, { number: 1 }));
  await page.shows(`me ${ada.email}`);
  open(createElement(Paged, { number: 2 }));
  await expect.poll(() => queryClient.isFetching()).toBe(1);
  expect(page.text()).toBe(`me ${ada.email}`);
  await signIn(visit.otherTab, bob);
  await page.shows("me pending");
  letGo();
  await page.shows(`me ${bob.email}`);
});

test("C2: what is waited for through tRPC's options is asked again for another user", async () => {
  const client = createRouterClient({ url: publicUrl, fetch: visit.fetch });
  await client.auth.login.mutate({ email: ada.email, password: ada.password });
  const letGo = visit.hold();
  const provided = inApp(
    { client, queryClient },
    createElement(Profile, { trpc: createTRPCOptionsProxy({ client, queryClient }) }),
  );
  page.render(createElement(QueryClientProvider, { client: queryClient }, provided));
  await expect.poll(() => visit.sent.filter((path) => path === "user.me")).toHaveLength(1);
  // What is sent from now on is not held back.
  visit.hold()();
  await client.auth.login.mutate({ email: bob.email, password: bob.password });
  await page.shows(`me ${bob.email}`);
  letGo();
  expect(visit.sent.filter((path) => path === "user.me")).toHaveLength(2);
});

const tries: unknown[] = [];
function Post() {
  const { session } = useKeywright();
  const mutationFn = async () => {
    tries.push(session.get().user?.email);
    throw new Error("not now");
  };
  const { mutate } = useMutation({ mutationFn, retry: 3, retryDelay: 300 });
  useSession();
  return createElement("button", { type: "button", onClick: () => mutate() }, "post");
}

test("C2: a mutation of mine that waits to be tried again is not tried as another user", async () => {
  await signIn(visit.client, ada);
  open(createElement(Post));
  await page.shows("post");
  page.click("post");
  await expect.poll(() => tries).toEqual([ada.email]);
  await signIn(visit.client, bob);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(tries).toEqual([ada.email]);
});
