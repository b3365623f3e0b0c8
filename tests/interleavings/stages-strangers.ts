import { z } from "zod";
import { call, calling, signInBy } from "./calls.js";
import { password, providing, settings } from "./people.js";
import type { Play } from "./ring.js";
import type { Plays, Stage } from "./stage.js";

const both = (play: Play): Plays => [play, play];
const email = "ada@example.com";

const newcomers: Stage["prepare"] = async (director) => {
  const eve = await director.addUser({ username: "eve", email: "eve@example.com" });
  const { device } = await signInBy(director, "cookie", eve);
  await call(director, "user.update", { device, input: { username: "eve-away" } });
  const register = (input: object) => calling("registration.register", { input: { password, ...input } });
  return {
    "registration.register": [register({ email, username: "ada" }), register({ email, username: "countess" })],
    "registration.register of a taken name": both(register({ email: "other@example.com", username: "eve-away" })),
    "user.update away": both(calling("user.update", { device, input: { username: "eve-away" } })),
    "user.update back": both(calling("user.update", { device, input: { username: "eve" } })),
    "user.update to a free name": both(calling("user.update", { device, input: { username: "ada" } })),
    "user.delete of the holder": both(calling("user.delete", { device, input: { password } })),
    "social.login": both(calling("social.login", { input: { provider: "own", accessToken: "ada" } })),
    "social.login unproved": both(calling("social.login", { input: { provider: "own", accessToken: "unproved" } })),
    provideUser: both(providing(email)),
  };
};

/** Names and addresses that are free, and a name that somebody has. */
export const free: Stage = { config: settings, prepare: newcomers };

export const freeMandatory: Stage = {
  config: { ...settings, registration: { verification: "mandatory" } },
  async prepare(director, transport) {
    const input = { email: "eve@example.com", username: "ada", password };
    return {
      ...(await newcomers(director, transport)),
      "registration.register of a taken address": both(calling("registration.register", { input })),
    };
  },
};

/** Two accounts that wait for their addresses to be verified, each of whose owners has the address of the other. */
export const crossed: Stage = {
  config: { ...settings, registration: { verification: "mandatory" } },
  async prepare(director) {
    const signIn = (accessToken: string) => ({ input: { provider: "own", accessToken } });
    for (const name of ["ada mistyped", "bob mistyped"]) await call(director, "social.login", signIn(name));
    return {
      "social.login of Ada": both(calling("social.login", signIn("ada"))),
      "social.login of Bob": both(calling("social.login", signIn("bob"))),
    };
  },
};

/** A sign-up with a provider that lacks a username. */
export const completing: Stage = {
  config: { ...settings, registration: { required: ["email", "username"] } },
  async prepare(director) {
    const input = { provider: "own", accessToken: "ada" };
    const { body } = await call(director, "social.login", { input });
    const { ticket } = z.object({ ticket: z.string() }).parse(body);
    const complete = (username: string) => calling("social.complete", { input: { ticket, username } });
    return {
      "social.complete": [complete("ada"), complete("countess")],
      "registration.register": both(calling("registration.register", { input: { email, username: "ada", password } })),
      "social.login": both(calling("social.login", { input })),
      provideUser: both(providing(email)),
    };
  },
};
