import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestUser } from "../support/app.js";
import { choosePassword } from "../support/mailed.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

async function move(user: TestUser, email: string): Promise<void> {
  const desk = await app.signedIn(user);
  await desk.user.requestEmailChange.mutate({ email, password: user.password });
  await desk.user.confirmEmailChange.mutate({ token: await app.tokenFromMail(email) });
}

test("I get my account back from the first mailbox, however often its address was changed since", async () => {
  const ada = await app.addUser();
  await move(ada, "mallory@example.com");
  const first = await app.tokenFromMail(ada.email);
  await move({ ...ada, email: "mallory@example.com" }, "mallory@example.org");
  const second = await app.tokenFromMail("mallory@example.com");

  expect(await app.visitor().user.undoEmailChange.mutate({ token: first })).toEqual({});
  await choosePassword(app, ada.email, ada.password);
  const { user } = await app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
  expect(user).toMatchObject({ email: ada.email, emailVerified: true });
  const again = app.visitor().user.undoEmailChange.mutate({ token: second });
  expect(reasonOf(await again.catch((error: unknown) => error))).toBe("TOKEN_INVALID");
});

test("a link of a later change that is still to be mailed when I take the account back is never good", async () => {
  const ada = await app.addUser();
  await move(ada, "eve@example.com");
  const mine = await app.tokenFromMail(ada.email);
  const desk = await app.signedIn({ ...ada, email: "eve@example.com" });
  await desk.user.requestEmailChange.mutate({ email: "eve@example.org", password: ada.password });
  const token = await app.tokenFromMail("eve@example.org");
  const before = app.mails.length;
  await Promise.all([
    desk.user.confirmEmailChange.mutate({ token }),
    app.visitor().user.undoEmailChange.mutate({ token: mine }),
  ]).catch(() => {});
  await app
    .visitor()
    .user.undoEmailChange.mutate({ token: mine })
    .catch(() => {});
  await app.mailTo(ada.email);
  for (const { to, links } of app.mails.slice(before)) {
    const sent = links.map((link) => new URL(link).searchParams.get("token") ?? "");
    if (to === ada.email) continue;
    for (const token of sent) {
      const taken = app.visitor().user.undoEmailChange.mutate({ token });
      expect(reasonOf(await taken.catch((error: unknown) => error))).toBe("TOKEN_INVALID");
    }
  }
  await choosePassword(app, ada.email, ada.password);
  const { user } = await app.visitor().auth.login.mutate({ email: ada.email, password: ada.password });
  expect(user.email).toBe(ada.email);
});

test("I mistyped my address when I signed up: nobody there is sent a way into my account", async () => {
  const typo = { email: "stranger@example.com", password: "correct horse", username: "typist" };
  const desk = app.visitor();
  await desk.registration.register.mutate(typo);
  await app.keywright.deliverMail();
  const before = app.mails.length;
  await desk.user.requestEmailChange.mutate({ email: "typist@example.com", password: typo.password });
  await desk.user.confirmEmailChange.mutate({ token: await app.tokenFromMail("typist@example.com") });
  await app.keywright.deliverMail();
  expect(app.mails.slice(before).map(({ to }) => to)).not.toContain(typo.email);
});
