import { reasonOf } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ limits: { passwordTriesPerAccount: 4, mailsPerAddressPerHour: 3 } });
});
afterAll(() => app.close());

const blanks = [" ", "\n", "\t ", "\r\n", "\u00A0", "\u3000"];
/** With each of the blanks around it. */
const padded = (text: string) => blanks.map((blank) => `${blank}${text}${blank}`);
const outcome = (call: Promise<unknown>) => call.then(() => null, reasonOf);

describe("blanks around what people type (A25)", () => {
  test("a person logs in by any name with them", async () => {
    const { email, username, password } = await app.addUser();
    const names = [email, username];
    for (const [index, login] of names.flatMap(padded).entries()) {
      const name = [{ login }, { login }, index < blanks.length ? { email: login } : { username: login }][index % 3];
      const { user } = await app.visitor().auth.login.mutate({ ...(name ?? { login }), password });
      expect([index, user.email]).toEqual([index, email]);
    }
  });

  test("a person registers with them, and is stored without", async () => {
    const input = {
      email: " blank@example.com\n",
      username: "\tblank ",
      firstName: "  Ada",
      lastName: "Lovelace\u00A0",
      deviceName: " Ada's phone\r\n",
      password: "correct horse",
    };
    const answer = await app.visitor().registration.register.mutate(input);
    const user = { email: "blank@example.com", username: "blank", firstName: "Ada", lastName: "Lovelace" };
    expect(answer).toMatchObject({ status: "signed_in", user, session: { deviceName: "Ada's phone" } });
    expect(await outcome(app.visitor().registration.register.mutate({ ...input, username: "another" }))).toBe(
      "EMAIL_TAKEN",
    );
    expect(await outcome(app.visitor().registration.register.mutate({ ...input, email: "other@example.com" }))).toBe(
      "USERNAME_TAKEN",
    );
  });

  test("a person's new names are stored without them", async () => {
    const ada = await app.signedIn(await app.addUser());
    const user = await ada.user.update.mutate({ username: " renamed.ada ", firstName: "\nAda", lastName: " L " });
    expect(user).toMatchObject({ username: "renamed.ada", firstName: "Ada", lastName: "L" });
  });

  test("a password keeps them", async () => {
    const input = { email: "spaced@example.com", password: "  correct horse " };
    await app.visitor().registration.register.mutate(input);
    expect(await outcome(app.visitor().auth.login.mutate({ ...input, password: "correct horse" }))).toBe(
      "INVALID_CREDENTIALS",
    );
    expect(await outcome(app.visitor().auth.login.mutate(input))).toBeNull();
  });

  test("a guesser gets no second count by them, and no other answer", async () => {
    const { email } = await app.addUser();
    for (const name of [email, "nobody@example.com"]) {
      const outcomes: unknown[] = [];
      for (const login of [name, ...padded(name)]) {
        outcomes.push(await outcome(app.visitor().auth.login.mutate({ login, password: "wrong horse" })));
      }
      const [wrong, over] = ["INVALID_CREDENTIALS", "RATE_LIMITED"];
      expect(outcomes).toEqual([wrong, wrong, wrong, wrong, over, over, over]);
    }
  });

  test("nobody gets more mails by them", async () => {
    const outcomes: unknown[] = [];
    for (const email of padded("flooded@example.com").slice(0, 4)) {
      outcomes.push(await outcome(app.visitor().password.requestReset.mutate({ email })));
    }
    expect(outcomes).toEqual([null, null, null, "RATE_LIMITED"]);
  });

  test("a token that is pasted from a mail works with them", async () => {
    const password = "correct horse";
    const client = app.visitor();
    await client.registration.register.mutate({ email: "paste@example.com", password });
    const verify = await mailedToken(app, "paste@example.com", "/verify-email");
    await client.registration.verifyEmail.mutate({ token: `${verify}\n`, deviceName: " phone " });
    await client.user.requestEmailChange.mutate({ email: " pasted@example.com ", password });
    const confirm = await mailedToken(app, "pasted@example.com", "/confirm-email");
    await client.user.confirmEmailChange.mutate({ token: ` ${confirm}` });
    await client.password.requestReset.mutate({ email: "pasted@example.com\t" });
    const reset = await mailedToken(app, "pasted@example.com", "/reset-password");
    expect(await client.password.checkToken.mutate({ token: `\u00A0${reset} ` })).toMatchObject({
      purpose: expect.any(String),
    });
    await client.password.reset.mutate({ token: `${reset} \n`, newPassword: "battery staple" });
    const undo = await mailedToken(app, "paste@example.com", "/undo-email-change");
    await client.user.undoEmailChange.mutate({ token: `${undo}\r\n` });
  });

  test("a program's tokens are taken only as they were issued", async () => {
    const ada = await app.addUser();
    const phone = app.visitor({ transport: "bearer" });
    const { tokens } = await phone.auth.login.mutate({ email: ada.email, password: ada.password });
    const { accessToken = "", refreshToken = "" } = tokens ?? {};
    for (const token of padded(accessToken)) {
      expect(await outcome(app.visitor().auth.verifyToken.mutate({ token }))).toBe("TOKEN_INVALID");
    }
    for (const token of padded(refreshToken)) {
      expect(await outcome(app.visitor().auth.refreshToken.mutate({ refreshToken: token }))).toBe("TOKEN_INVALID");
    }
  });

  test("a name of nothing but blanks is none", async () => {
    for (const login of blanks) {
      const error = await refusal(app.visitor().auth.login.mutate({ login, password: "correct horse" }));
      expect(reasonOf(error)).toBe("VALIDATION");
    }
  });

  test("an operator's settings are read without them", async () => {
    const own = await createTestApp({
      mail: { appName: " Acme\n" },
      user: { reservedUsernames: [" acme ", "root\n"] },
      corsOrigins: [" https://app.example.com "],
    });
    for (const username of ["acme", "Root"]) {
      const input = { email: "who@example.com", password: "correct horse", username };
      expect(await outcome(own.visitor().registration.register.mutate(input))).toBe("USERNAME_TAKEN");
    }
    const { email } = await own.addUser();
    expect((await own.mailTo(email)).subject).toBe("Verify your e-mail address for Acme");
    expect(own.keywright.allowsOrigin("https://app.example.com")).toBe(true);
    await own.close();
  });
});
