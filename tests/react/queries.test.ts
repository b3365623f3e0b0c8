import type { KeywrightClient } from "@keywright/client";
import { useKeywright, useSession } from "@keywright/client/react";
import { onlineManager, QueryClient, QueryClientProvider, useMutation, useQuery } from "@tanstack/react-query";
import { createElement, type ReactNode } from "react";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { createPage, createVisit, inApp, type Page, signIn } from "../support/page.js";

let app: TestApp;
let page: Page;
let ada: TestUser;
let bob: TestUser;
let visit: ReturnType<typeof createVisit>;
let queryClient: QueryClient;

beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [await app.addUser(), await app.addUser()];
  page = await createPage();
});
beforeEach(() => {
  visit = createVisit(app);
  queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } });
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

/** Of a header, say: it knows nothing of the session, and renders when its query has news. */
function Me() {
  const { user } = useKeywright();
  const me = useQuery({ queryKey: ["me"], queryFn: () => user.me.query() });
  return me.data ? `me ${me.data.email}` : `me ${me.status}`;
}

function Status() {
  return useSession().status;
}

function Rename() {
  const { user } = useKeywright();
  const { mutate, isPaused } = useMutation({ mutationFn: () => user.update.mutate({ firstName: "Countess" }) });
  return createElement("button", { type: "button", onClick: () => mutate() }, isPaused ? "waiting" : "rename");
}

/** Ada wants another name while TanStack takes the network to be gone. */
async function renameOffline() {
  await signIn(visit.client, ada);
  open(createElement(Rename), createElement(Status));
  await page.shows("renamesignedIn");
  onlineManager.setOnline(false);
  page.click("rename");
  await page.shows("waitingsignedIn");
}

function open(...children: ReactNode[]): void {
  const app = inApp({ client: visit.client, queryClient }, ...children);
  page.render(createElement(QueryClientProvider, { client: queryClient }, app));
}

const kept = (key: string) => queryClient.getQueryData([key]);

test("finding out who I am keeps what a server has fetched for me", async () => {
  await signIn(visit.otherTab, ada);
  queryClient.setQueryData(["posts"], "fetched before");
  open(createElement(Status));
  await page.shows("signedIn");
  expect(kept("posts")).toBe("fetched before");
});

test("finding out that I am nobody keeps what a server has fetched for everybody", async () => {
  queryClient.setQueryData(["posts"], "fetched before");
  open(createElement(Status));
  await page.shows("signedOut");
  expect(kept("posts")).toBe("fetched before");
});

test("my sign-out empties the cache, and nothing of me stays on the page", async () => {
  await signIn(visit.otherTab, ada);
  open(createElement(Me));
  await page.shows(`me ${ada.email}`);
  queryClient.setQueryData(["posts"], "mine");
  await visit.client.auth.logout.mutate();
  await page.shows("me error");
  expect(kept("posts")).toBeUndefined();
  expect(
    JSON.stringify(
      queryClient
        .getQueryCache()
        .getAll()
        .map(({ state }) => state),
    ),
  ).not.toContain(ada.email);
});

test("another user in another tab sees nothing of mine, and their own without a reload", async () => {
  await signIn(visit.client, ada);
  open(createElement(Me));
  await page.shows(`me ${ada.email}`);
  queryClient.setQueryData(["posts"], "Ada's");
  visit.sent.length = 0;
  await signIn(visit.otherTab, bob);
  await page.shows(`me ${bob.email}`);
  expect(kept("posts")).toBeUndefined();
  expect(visit.sent.filter((path) => path === "user.me")).toHaveLength(1);
});

test("what I was told as a visitor is asked again once I am signed in", async () => {
  open(createElement(Status), createElement(Me));
  await page.shows("signedOutme error");
  await signIn(visit.client, ada);
  await page.shows(`signedInme ${ada.email}`);
});

test("a new name of mine, or a new session, empties nothing", async () => {
  await signIn(visit.client, ada);
  open(createElement(Status));
  await page.shows("signedIn");
  queryClient.setQueryData(["posts"], "mine");
  await visit.client.user.update.mutate({ firstName: "Ada" });
  await signIn(visit.client, ada);
  page.comeBack();
  await page.shows("signedIn");
  await expect.poll(() => visit.client.session.get()).toMatchObject({ user: { firstName: "Ada" } });
  expect(kept("posts")).toBe("mine");
});

test("a session that ended while the page was in the browser's memory takes its answers along", async () => {
  await signIn(visit.client, ada);
  open(createElement(Me));
  await page.shows(`me ${ada.email}`);
  app.travel(40 * 86_400_000);
  page.comeBack();
  await page.shows("me error");
});

const signsIn: [where: string, client: () => KeywrightClient][] = [
  ["here", () => visit.client],
  ["in another tab", () => visit.otherTab],
];

test.each(signsIn)(
  "C1: a mutation that I paused offline is not sent as whoever has signed in %s",
  async (_, client) => {
    await renameOffline();
    await signIn(client(), bob);
    await expect.poll(() => visit.client.session.get().user?.email).toBe(bob.email);
    onlineManager.setOnline(true);
    await queryClient.resumePausedMutations();
    expect(await visit.client.user.me.query()).toMatchObject({ email: bob.email, firstName: "" });
    expect(visit.sent).not.toContain("user.update");
  },
);

test("C1: a mutation that I paused offline is not sent once I have signed out, nor when I am back", async () => {
  await renameOffline();
  await visit.client.auth.logout.mutate();
  onlineManager.setOnline(true);
  await signIn(visit.client, ada);
  await queryClient.resumePausedMutations();
  expect((await visit.client.user.me.query()).firstName).not.toBe("Countess");
  expect(visit.sent).not.toContain("user.update");
});

test("a mutation that I paused offline is sent when I am online again", async () => {
  await renameOffline();
  onlineManager.setOnline(true);
  await expect.poll(async () => (await visit.client.user.me.query()).firstName).toBe("Countess");
  await page.shows("renamesignedIn");
});
