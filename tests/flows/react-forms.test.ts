import { useSession, useSignIn, useSignOut, useSignUp } from "@keywright/client/react";
import { createElement, useState } from "react";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { createPage, createVisit, inApp, type Page, signIn } from "../support/page.js";

let app: TestApp;
let page: Page;
let ada: TestUser;
let visit: ReturnType<typeof createVisit>;

beforeAll(async () => {
  app = await createTestApp();
  ada = await app.addUser();
  page = await createPage();
});
beforeEach(() => {
  visit = createVisit(app);
});
afterEach(() => {
  page.leave();
  expect(page.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await page.close();
  await app.close();
});

/** What a form of an app does with a hook: it calls, shows what came of it, and has one button. */
interface Calling {
  isPending: boolean;
  error: { data: { reason: string } | null | undefined } | undefined;
}

function useForm({ isPending, error }: Calling, call: () => Promise<unknown>) {
  const [answers, setAnswers] = useState<string[]>([]);
  const submit = async () => {
    const answer = await call();
    setAnswers((before) => [...before, answer ? "done" : "failed"]);
  };
  const state = [isPending ? "pending" : "idle", error ? (error.data?.reason ?? "no answer") : "fine", ...answers];
  return createElement("p", null, state.join(", "), createElement("button", { type: "button", onClick: submit }, "Go"));
}

/** Each click tries the next password. */
function SignIn({ email, passwords }: { email: string; passwords: string[] }) {
  const { signIn, ...calling } = useSignIn();
  return useForm(calling, () => signIn({ email, password: passwords.shift() ?? "" }));
}

function SignUp({ email, password }: { email: string; password: string }) {
  const { signUp, ...calling } = useSignUp();
  return useForm(calling, () => signUp({ email, password }));
}

function SignOut() {
  const { signOut, ...calling } = useSignOut();
  return useForm(calling, () => signOut());
}

/** As apps do it: the form is gone as soon as somebody is signed in, and the button when nobody is. */
function Door({ email, password }: TestUser) {
  const { status } = useSession();
  const form = createElement(SignIn, { email, passwords: [password] });
  return status === "signedIn" ? createElement(SignOut) : form;
}

test("my sign-in is pending until it is answered, and its refusal is a value until I try again", async () => {
  page.render(
    inApp(
      { client: visit.client },
      createElement(SignIn, { email: ada.email, passwords: ["wrong horse", ada.password] }),
    ),
  );
  await page.shows("idle, fineGo");
  const letGo = visit.hold();
  page.click("Go");
  await page.shows("pending, fineGo");
  letGo();
  await page.shows("idle, INVALID_CREDENTIALS, failedGo");
  page.click("Go");
  await page.shows("idle, fine, failed, doneGo");
});

test("my double click is one sign-in, and both clicks get its answer", async () => {
  page.render(
    inApp(
      { client: visit.client },
      createElement(SignIn, { email: ada.email, passwords: [ada.password, "wrong horse"] }),
    ),
  );
  await page.shows("idle, fineGo");
  page.click("Go");
  page.click("Go");
  await page.shows("idle, fine, done, doneGo");
  expect(visit.sent).toEqual(["auth.login"]);
});

test("my sign-up signs me in, and tells me what is taken", async () => {
  const grace = { email: "grace@example.com", password: "correct horse" };
  page.render(inApp({ client: visit.client }, createElement(SignUp, grace)));
  await page.shows("idle, fineGo");
  page.click("Go");
  await page.shows("idle, fine, doneGo");
  expect(visit.client.session.get()).toMatchObject({ status: "signedIn", user: { email: grace.email } });
  page.click("Go");
  await page.shows("idle, EMAIL_TAKEN, done, failedGo");
});

test("my form may be gone before the answer comes", async () => {
  page.render(inApp({ client: visit.client }, createElement(Door, ada)));
  await page.shows("idle, fineGo");
  page.click("Go");
  await expect.poll(() => visit.client.session.get().status).toBe("signedIn");
  await page.shows("idle, fineGo");
  const letGo = visit.hold();
  page.click("Go");
  await page.shows("pending, fineGo");
  page.render(inApp({ client: visit.client }, "elsewhere"));
  letGo();
  await expect.poll(() => visit.client.session.get().status).toBe("signedOut");
  await page.shows("elsewhere");
});

test("my sign-out without a connection says so, and I am still signed in", async () => {
  await signIn(visit.client, ada);
  page.render(inApp({ client: visit.client }, createElement(SignOut)));
  await page.shows("idle, fineGo");
  visit.disconnect();
  page.click("Go");
  await page.shows("idle, no answer, failedGo");
  expect(visit.client.session.get().status).toBe("signedIn");
});
