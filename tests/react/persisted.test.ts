import { createKeywrightClient } from "@keywright/client";
import { useKeywright, useSession } from "@keywright/client/react";
import {
  dehydrate,
  HydrationBoundary,
  onlineManager,
  QueryClient,
  QueryClientProvider,
  useMutation,
  useQuery,
} from "@tanstack/react-query";
import { PersistQueryClientProvider } from "@tanstack/react-query-persist-client";
import { createElement, type ReactNode } from "react";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestApp, publicUrl, type TestApp, type TestUser } from "../support/app.js";
import { createPage, createVisit, inApp, type Page, signIn } from "../support/page.js";

let app: TestApp;
let page: Page;
let ada: TestUser;
let bob: TestUser;
let visit: ReturnType<typeof createVisit>;
let queryClient: QueryClient;
/** What the browser keeps, as text. */
let stored = "";
/** What reading it waits for. */
let restorable: Promise<unknown>;

beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [await app.addUser(), await app.addUser()];
  page = await createPage();
});
beforeEach(() => {
  visit = createVisit(app);
  stored = "";
  restorable = Promise.resolve();
});
afterEach(() => {
  page.leave();
  queryClient.clear();
  onlineManager.setOnline(true);
  expect(page.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await page.close();
  await app.close();
});

const persister = {
  persistClient: async (persisted: object) => {
    stored = JSON.stringify(persisted);
  },
  restoreClient: async () => {
    await restorable;
    return stored ? JSON.parse(stored) : undefined;
  },
  removeClient: async () => {
    stored = "";
  },
};

function Me() {
  const { user } = useKeywright();
  const me = useQuery({ queryKey: ["me"], queryFn: async () => ({ email: (await user.me.query()).email }) });
  return me.data ? `me ${me.data.email}` : `me ${me.status}`;
}

function Status() {
  return useSession().status;
}

function Rename() {
  const { mutate, isPaused } = useMutation({ mutationKey: ["rename"] });
  return createElement("button", { type: "button", onClick: () => mutate() }, isPaused ? "waiting" : "rename");
}

/** The page is opened, with an empty memory. */
function open(client: typeof visit.client, ...children: ReactNode[]): void {
  page.leave();
  queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } });
  queryClient.setMutationDefaults(["rename"], {
    mutationFn: () => client.user.update.mutate({ firstName: "Countess" }),
  });
  const provided = inApp({ client, queryClient }, ...children);
  page.render(
    createElement(PersistQueryClientProvider, { client: queryClient, persistOptions: { persister } }, provided),
  );
}

/** Ada's page was here, and is closed. */
async function leaveAdas(): Promise<void> {
  await signIn(visit.client, ada);
  open(visit.client, createElement(Me), createElement(Rename));
  await page.shows(`me ${ada.email}rename`);
  queryClient.setQueryData(["posts"], "Ada's");
  onlineManager.setOnline(false);
  page.click("rename");
  await page.shows(`me ${ada.email}waiting`);
  await expect.poll(() => stored, { timeout: 3_000 }).toContain('"isPaused":true');
  page.leave();
  onlineManager.setOnline(true);
}

const nextVisitors: [who: string, enter: () => Promise<unknown>, text: string][] = [
  ["nobody", () => visit.client.auth.logout.mutate(), "me error"],
  ["another user", () => signIn(visit.client, bob), "me bob"],
];
const orders: [when: string, isLate: boolean][] = [
  ["before", false],
  ["after", true],
];
const cases = nextVisitors.flatMap(([who, enter, text]) =>
  orders.map(([when, isLate]) => [when, who, { enter, text, isLate }] as const),
);

test.each(cases)(
  "C7: my persisted cache, restored %s the page knows of %s, is emptied",
  async (_when, _who, { enter, text, isLate }) => {
    await leaveAdas();
    await enter();
    let restore = () => {};
    if (isLate) restorable = new Promise<void>((resolve) => (restore = resolve));
    const letGo = visit.hold();
    open(visit.otherTab, createElement(Me));
    if (isLate) {
      letGo();
      await expect.poll(() => visit.otherTab.session.get().status).not.toBe("loading");
      restore();
    } else {
      await expect.poll(() => queryClient.getQueryData(["posts"])).toBe("Ada's");
      letGo();
    }
    await page.shows(text.replace("bob", bob.email));
    expect(queryClient.getQueryData(["posts"])).toBeUndefined();
    await queryClient.resumePausedMutations();
    expect(visit.sent).not.toContain("user.update");
    await expect.poll(() => stored, { timeout: 3_000 }).not.toContain(ada.email);
  },
);

test.each(orders)(
  "my persisted cache, restored %s the page knows me, is kept, and what waits in it is sent",
  async (_when, isLate) => {
    await leaveAdas();
    visit.sent.length = 0;
    let restore = () => {};
    if (isLate) restorable = new Promise<void>((resolve) => (restore = resolve));
    open(visit.otherTab, createElement(Me), createElement(Status));
    if (isLate) {
      await page.shows("me pendingsignedIn");
      restore();
    }
    await page.shows(`me ${ada.email}signedIn`);
    expect(queryClient.getQueryData(["posts"])).toBe("Ada's");
    await queryClient.resumePausedMutations();
    expect(visit.sent).toEqual(["auth.session", "user.update"]);
  },
);

test("a cache that my page forgets is mine again, as far as the next visitor is concerned", async () => {
  await signIn(visit.client, ada);
  open(visit.client, createElement(Me));
  await page.shows(`me ${ada.email}`);
  queryClient.clear();
  expect(queryClient.getQueryData(["keywright-user", visit.client.session.get().user?.id])).toBe(true);
  await expect(queryClient.refetchQueries({}, { throwOnError: true })).resolves.toBeUndefined();
});

test("what a server has fetched for me is kept when the page finds out that it is me", async () => {
  await signIn(visit.client, ada);
  const fetched = new QueryClient();
  fetched.setQueryData(["me"], { email: "fetched@example.com" });
  queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  const hydrated = createElement(HydrationBoundary, { state: dehydrate(fetched) }, createElement(Me));
  const provided = inApp({ client: visit.otherTab, queryClient }, hydrated, createElement(Status));
  page.render(createElement(QueryClientProvider, { client: queryClient }, provided));
  await page.shows("me fetched@example.comsignedIn");
});

test("C7: a keychain that cannot be read empties nobody's cache", async () => {
  const locked = () => Promise.reject(new Error("the keychain is locked"));
  const client = createKeywrightClient({ url: publicUrl, fetch: visit.fetch, tokens: { load: locked, save: locked } });
  queryClient = new QueryClient();
  queryClient.setQueryData(["keywright-user", "1"], true);
  queryClient.setQueryData(["me"], { email: ada.email });
  page.render(inApp({ client, queryClient }, createElement(Status)));
  await page.shows("signedOut");
  expect(queryClient.getQueryData(["me"])).toEqual({ email: ada.email });
});
