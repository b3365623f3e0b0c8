import type { TestApp } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { call, calling, type SignedInDevice, signInBy, type Transport } from "./calls.js";
import { housekeeping, minting, password, providing, queueing, seat, seatByProvider, settings } from "./people.js";
import type { Play } from "./ring.js";
import type { Plays, Stage } from "./stage.js";

const both = (play: Play): Plays => [play, play];
const email = "ada@example.com";

/** Somebody has registered an address without proving it; Bob, whose it may be, is about to. */
export const unverified: Stage = {
  config: { ...settings, registration: { unverifiedDays: 30 } },
  async prepare(director, transport) {
    const common = await unproved(director, transport, { isContested: false });
    const verify = await mailedToken(director, email, "/verify-email");
    return {
      ...common,
      "registration.verifyEmail": both(calling("registration.verifyEmail", { input: { token: verify } })),
    };
  },
};

/** The same, and somebody else has asked for a reset already: links that would only verify are over. */
export const contested: Stage = {
  config: { ...settings, registration: { unverifiedDays: 30 } },
  async prepare(director, transport) {
    const common = await unproved(director, transport, { isContested: true });
    const reset = await mailedToken(director, email, "/reset-password");
    return {
      ...common,
      "password.reset": [
        calling("password.reset", { input: { token: reset, newPassword: "staple one" } }),
        calling("password.reset", { input: { token: reset, newPassword: "staple two" } }),
      ],
    };
  },
};

async function unproved(
  director: TestApp,
  transport: Transport,
  { isContested }: { isContested: boolean },
): Promise<Record<string, Plays>> {
  const bob = await director.addUser({ username: "bob", email: "bob@example.com" });
  const { device } = await signInBy(director, "cookie", bob);
  await call(director, "user.requestEmailChange", { device, input: { email, password } });
  const confirm = await mailedToken(director, email, "/confirm-email");
  await call(director, "registration.register", { input: { email, password } });
  await mailedToken(director, email, "/verify-email");
  if (isContested) await call(director, "password.requestReset", { input: { email } });
  await director.deliverMail();
  const seats = await seat(director, transport, { email, password, username: "" });
  await queueing(director, async () => {
    await call(director, "registration.resendVerification", { input: { email } });
    await call(director, "password.requestReset", { input: { email } });
  });
  const own = (make: (own: SignedInDevice) => Play): Plays => [make(seats.first), make(seats.second)];
  await director.sql("update keywright.users set created_at = '2000-01-01' where email_verified_at is null");
  return {
    "registration.register": both(calling("registration.register", { input: { email, password } })),
    "registration.resendVerification": both(calling("registration.resendVerification", { input: { email } })),
    "auth.login": both(calling("auth.login", { input: { email, password } })),
    ...(transport === "bearer" && {
      "auth.refreshToken": own(({ refreshToken }) => calling("auth.refreshToken", { input: { refreshToken } })),
    }),
    "auth.revokeOtherSessions": own((mine) => calling("auth.revokeOtherSessions", { device: mine.device })),
    "user.requestEmailChange": own((mine) =>
      calling("user.requestEmailChange", { device: mine.device, input: { email: "next@example.com", password } }),
    ),
    "user.confirmEmailChange by Bob": both(calling("user.confirmEmailChange", { input: { token: confirm } })),
    "social.login vouched": both(calling("social.login", { input: { provider: "own", accessToken: "ada" } })),
    "mint verify_email": both(minting(director, "verify_email")),
    "mint reset_password": both(minting(director, "reset_password")),
    housekeeping: both(housekeeping),
    provideUser: both(providing(email)),
  };
}

/** A verified account that is signed in to with a provider only. */
export const passwordless: Stage = {
  config: settings,
  async prepare(director, transport) {
    const seats = await seatByProvider(director, transport, "ada");
    await call(director, "password.requestReset", { input: { email } });
    const set = await mailedToken(director, email, "/set-password");
    await call(director, "auth.requestCode", { device: seats.third.device });
    const code = await codeFor(director);
    const [identity] = await director.sql("select id from keywright.identities");
    await queueing(director, async () => {
      await director.sql(
        `insert into keywright.outbox (id, kind, address, user_id, credential_version, created_at, next_attempt_at)
         select gen_random_uuid(), 'step_up_code', email, id, credential_version, '${new Date().toISOString()}',
           '2100-01-01' from keywright.users`,
      );
    });
    const own = (make: (mine: SignedInDevice) => Play): Plays => [make(seats.first), make(seats.second)];
    return {
      "password.set": [
        calling("password.set", { input: { token: set, newPassword: "staple one" } }),
        calling("password.set", { input: { token: set, newPassword: "staple two" } }),
      ],
      "password.change": own(({ device }) =>
        calling("password.change", { device, input: { newPassword: "battery on" } }),
      ),
      "auth.requestCode": own(({ device }) => calling("auth.requestCode", { device })),
      "auth.reauthenticate": own(({ device }) => calling("auth.reauthenticate", { device, input: { code } })),
      "user.archive": own(({ device }) => calling("user.archive", { device })),
      "user.delete": own(({ device }) => calling("user.delete", { device })),
      "social.login": both(calling("social.login", { input: { provider: "own", accessToken: "ada" } })),
      "social.disconnect": own(({ device }) =>
        calling("social.disconnect", { device, input: { id: String(identity?.id) } }),
      ),
      "mint step_up_code": both(minting(director, "step_up_code")),
    };
  },
};

async function codeFor(app: TestApp): Promise<string> {
  const { text } = await app.mailTo(email);
  const code = /\b\d{3}[ -]?\d{3}\b|\b\d{6,8}\b/.exec(text)?.[0];
  if (!code) throw new Error(`There is no code in: ${text}`);
  return code;
}
