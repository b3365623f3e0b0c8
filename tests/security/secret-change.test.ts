import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { pageOf } from "../support/samples.js";

const secrets: Record<string, string> = {
  old: "Jx4vQ9mLr2TsWc7hNy0KpZ6dBg3aUeRf8oVi1nSwE5t=",
  new: "Wb2vNq8sLk3xJd6mTz1cRf7hPy4gUe9oAi5tXw0nQjE=",
};

/** The deployments of docs/security.md, as the page says. */
const deployments = [...pageOf("docs/security.md").matchAll(/^\| (first|second|third) +\| (\w+) +\| (\w*) +\|/gm)].map(
  ([, , secret = "", previous = ""]): TestConfig => ({
    secret: secrets[secret] ?? "",
    ...(previous === "" ? {} : { previousSecret: secrets[previous] ?? "" }),
  }),
);

let before: TestApp;
beforeAll(async () => {
  before = await createTestApp({ secret: secrets.old ?? "" });
});
afterAll(() => before.close());

test("in the documented order, no instance meets a token that it does not know (K19)", async () => {
  expect(deployments).toHaveLength(3);
  const ada = await before.addUser();
  let running = before;
  for (const deployment of deployments) {
    const next = await createTestApp(deployment, before.database);
    // While the deployment lasts, both answer calls, in any order.
    const phone = (on: TestApp) => on.visitor({ transport: "bearer" }).auth.login.mutate(credentials(ada));
    for (const [one, other] of [
      [running, next],
      [next, running],
    ] as const) {
      const { tokens } = await phone(one);
      expect((await other.get("user.me", { authorization: `Bearer ${tokens?.accessToken}` })).status).toBe(200);
      const refreshToken = tokens?.refreshToken ?? "";
      const renewed = await other.visitor().auth.refreshToken.mutate({ refreshToken });
      const repeated = await one.visitor().auth.refreshToken.mutate({ refreshToken });
      expect(repeated.refreshToken).toBe(renewed.refreshToken);
      await one.visitor().password.requestReset.mutate({ email: ada.email });
      const token = await one.tokenFromMail(ada.email);
      expect(await other.visitor().password.checkToken.mutate({ token })).toMatchObject({ purpose: "reset_password" });
    }
    if (running !== before) await running.close();
    running = next;
  }
  await running.close();
});

test("an instance that was given the new secret at once is a stranger to the old ones (K19)", async () => {
  const ada = await before.addUser();
  const hasty = await createTestApp({ secret: secrets.new ?? "", previousSecret: secrets.old ?? "" }, before.database);
  const { tokens } = await hasty.visitor({ transport: "bearer" }).auth.login.mutate(credentials(ada));
  expect((await before.get("user.me", { authorization: `Bearer ${tokens?.accessToken}` })).status).toBe(401);
  await hasty.close();
});

function credentials({ email, password }: { email: string; password: string }) {
  return { email, password };
}
