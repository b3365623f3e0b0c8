import {
  useCall,
  useChangePassword,
  useCompleteSocial,
  useConfirmEmailChange,
  useKeywright,
  useRequestEmailChange,
  useRequestReset,
  useResendVerification,
  useResetPassword,
  useSession,
  useSetPassword,
  useSignIn,
  useSignOut,
  useSignUp,
  useStartSocial,
  useUndoEmailChange,
  useUpdateProfile,
  useVerifyEmail,
} from "@keywright/client/react";
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

/** What it is clicked with is given on. */
function PlainSignOut() {
  const { signOut, error, data } = useSignOut();
  const text = `${error ? (error.data?.reason ?? error.message) : "fine"}${data ? ", done" : ""}`;
  return createElement("p", null, text, createElement("button", { type: "button", onClick: signOut }, "Go"));
}

function Registration() {
  const { signUp, fieldErrors } = useSignUp();
  const onClick = () => void signUp({ email: "grace", password: "correct horse" });
  const wrong = Object.entries(fieldErrors).map(([name, errors]) => [name, errors.map(({ reason }) => reason)]);
  const text = JSON.stringify(Object.fromEntries(wrong));
  return createElement("p", null, text, createElement("button", { type: "button", onClick }, "Go"));
}

type UseForm = () => () => Promise<unknown>;

function Sent({ path, useForm }: { path: string; useForm: UseForm }) {
  const send = useForm();
  const [text, setText] = useState("");
  const onClick = () => void send().then(() => setText(" was sent"));
  return createElement("p", null, createElement("button", { type: "button", onClick }, path), text);
}

const [token, email, newPassword] = ["no token", "grace@example.com", "battery staple"];

const forms: [path: string, useForm: UseForm][] = [
  ["auth.login", () => form(useSignIn().signIn, { email, password: newPassword })],
  ["auth.logout", () => form(useSignOut().signOut, {})],
  ["registration.register", () => form(useSignUp().signUp, { email, password: "short" })],
  ["registration.verifyEmail", () => form(useVerifyEmail().verifyEmail, { token })],
  ["registration.resendVerification", () => form(useResendVerification().resendVerification, { email })],
  ["password.requestReset", () => form(useRequestReset().requestReset, { email })],
  ["password.reset", () => form(useResetPassword().resetPassword, { token, newPassword })],
  ["password.set", () => form(useSetPassword().setPassword, { token, newPassword })],
  ["password.change", () => form(useChangePassword().changePassword, { newPassword })],
  ["user.update", () => form(useUpdateProfile().updateProfile, { firstName: "Grace" })],
  ["user.requestEmailChange", () => form(useRequestEmailChange().requestEmailChange, { email })],
  ["user.confirmEmailChange", () => form(useConfirmEmailChange().confirmEmailChange, { token })],
  ["user.undoEmailChange", () => form(useUndoEmailChange().undoEmailChange, { token })],
  ["social.start", () => form(useStartSocial().startSocial, { provider: "google" })],
  ["social.complete", () => form(useCompleteSocial().completeSocial, { ticket: token })],
  ["auth.reauthenticate", () => form(useCall(useKeywright().auth.reauthenticate.mutate).call, { password: "no" })],
];

function form<I>(send: (input: I) => Promise<unknown>, input: I) {
  return () => send(input);
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

test("C25: my double click is one sign-in, and both clicks get its answer", async () => {
  const passwords = [ada.password, ada.password];
  page.render(inApp({ client: visit.client }, createElement(SignIn, { email: ada.email, passwords })));
  await page.shows("idle, fineGo");
  page.click("Go");
  page.click("Go");
  await page.shows("idle, fine, done, doneGo");
  expect(visit.sent).toEqual(["auth.login"]);
});

test("C25: with another password while a sign-in hangs, each has its own answer, and I see the last one's", async () => {
  const passwords = ["wrong horse", ada.password];
  page.render(inApp({ client: visit.client }, createElement(SignIn, { email: ada.email, passwords })));
  await page.shows("idle, fineGo");
  const letGo = visit.hold();
  page.click("Go");
  await expect.poll(() => visit.sent).toHaveLength(1);
  // What is sent from now on is not held back.
  visit.hold()();
  page.click("Go");
  await page.shows("idle, fine, doneGo");
  letGo();
  await page.shows("idle, fine, done, failedGo");
  expect(visit.client.session.get().status).toBe("signedIn");
});

test("C25: a button that gives its event to the sign-out signs me out", async () => {
  await signIn(visit.client, ada);
  page.render(inApp({ client: visit.client }, createElement(PlainSignOut)));
  await page.shows("fineGo");
  page.click("Go");
  await expect.poll(() => visit.client.session.get().status).toBe("signedOut");
  await page.shows("fine, doneGo");
  expect(visit.bodies.at(-1)).not.toContain("button");
});

test("what is wrong with my input is told by field, and nothing else is", async () => {
  page.render(inApp({ client: visit.client }, createElement(Registration)));
  await page.shows("{}Go");
  page.click("Go");
  await page.shows('{"email":["INVALID_EMAIL"]}Go');
});

test("every form of my account calls what it is named after", async () => {
  const all = forms.map(([path, useForm]) => createElement(Sent, { key: path, path, useForm }));
  page.render(inApp({ client: visit.client }, ...all));
  await page.shows(forms.map(([path]) => path).join(""));
  for (const [path] of forms) page.click(path);
  await page.shows(forms.map(([path]) => `${path} was sent`).join(""));
  expect(visit.sent).toEqual(forms.map(([path]) => path));
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
