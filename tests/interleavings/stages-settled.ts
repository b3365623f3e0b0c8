import type { TestApp } from "../support/app.js";
import { mailedToken } from "../support/mailed.js";
import { call, calling, type SignedInDevice, signInBy } from "./calls.js";
import { housekeeping, minting, password, providing, queueing, type Seats, seat, settings } from "./people.js";
import type { Play } from "./ring.js";
import type { Plays, Stage } from "./stage.js";

const both = (play: Play): Plays => [play, play];
const links = { moved: "moved@example.com", old: "ada@example.com", next: "next@example.com" };

/** A verified account with everything: sessions, links, an identity, waiting mails. */
export const settled: Stage = {
  config: settings,
  async prepare(director, transport) {
    const ada = await adaWithLinks(director);
    const seats = await seat(director, transport, { ...ada.user, email: links.moved });
    const old = "expires_at = '2000-01-01', next_check_at = '2000-01-01'";
    await director.sql(`update keywright.sessions set ${old} where id = '${seats.third.sessionId}'`);
    const own = (make: (device: SignedInDevice, other: SignedInDevice) => Play): Plays => [
      make(seats.first, seats.second),
      make(seats.second, seats.first),
    ];
    return {
      ...sessionCalls(seats, own),
      ...(transport === "bearer" && tokenCalls(own)),
      ...accountCalls(own),
      ...linkCalls(ada, own),
      ...socialCalls(ada, own),
      ...workers(director),
    };
  },
};

type Own = (make: (device: SignedInDevice, other: SignedInDevice) => Play) => Plays;

async function adaWithLinks(app: TestApp) {
  const user = await app.addUser({ username: "ada", email: links.old });
  const { device } = await signInBy(app, "cookie", user);
  await call(app, "user.requestEmailChange", { device, input: { email: links.moved, password } });
  await call(app, "user.confirmEmailChange", {
    device,
    input: { token: await mailedToken(app, links.moved, "/confirm-email") },
  });
  const undo = await mailedToken(app, links.old, "/undo-email-change");
  const again = await signInBy(app, "cookie", { ...user, email: links.moved });
  await call(app, "user.requestEmailChange", { device: again.device, input: { email: links.next, password } });
  const confirm = await mailedToken(app, links.next, "/confirm-email");
  await call(app, "password.requestReset", { input: { email: links.moved } });
  const reset = await mailedToken(app, links.moved, "/reset-password");
  await call(app, "social.connect", { device: again.device, input: { provider: "own", accessToken: "ada" } });
  const [identity] = await app.sql("select id from keywright.identities");
  await queueing(app, async () => {
    await call(app, "password.requestReset", { input: { email: links.moved } });
    const rows = ["confirm_email_change", "email_changed_notice"].map(
      (kind) =>
        `insert into keywright.outbox (id, kind, address, user_id, credential_version, created_at, next_attempt_at)
         select gen_random_uuid(), '${kind}', '${kind === "confirm_email_change" ? links.next : links.old}', id,
           ${kind === "confirm_email_change" ? "credential_version" : "null"}, '${new Date().toISOString()}', '2100-01-01'
         from keywright.users`,
    );
    for (const row of rows) await app.sql(row);
  });
  return { user, undo, confirm, reset, identityId: String(identity?.id) };
}

type Ada = Awaited<ReturnType<typeof adaWithLinks>>;

function sessionCalls({ third }: Seats, own: Own): Record<string, Plays> {
  return {
    "auth.login": both(calling("auth.login", { input: { email: links.moved, password } })),
    "auth.logout": own(({ device }) => calling("auth.logout", { device })),
    "auth.logout everywhere": own(({ device }) => calling("auth.logout", { device, input: { everywhere: true } })),
    "auth.revokeSession": own(({ device }) =>
      calling("auth.revokeSession", { device, input: { id: third.sessionId } }),
    ),
    "auth.revokeSession of the other": own(({ device }, { sessionId }) =>
      calling("auth.revokeSession", { device, input: { id: sessionId } }),
    ),
    "auth.revokeOtherSessions": own(({ device }) => calling("auth.revokeOtherSessions", { device })),
    "auth.reauthenticate": own(({ device }) => calling("auth.reauthenticate", { device, input: { password } })),
  };
}

function tokenCalls(own: Own): Record<string, Plays> {
  return {
    "auth.refreshToken": own(({ refreshToken }) => calling("auth.refreshToken", { input: { refreshToken } })),
    "auth.revokeToken": own(({ refreshToken }) => calling("auth.revokeToken", { input: { refreshToken } })),
    "auth.verifyToken": own(({ device }) =>
      calling("auth.verifyToken", { input: { token: (device.authorization ?? "Bearer -").slice(7) } }),
    ),
  };
}

function accountCalls(own: Own): Record<string, Plays> {
  const change = { currentPassword: password };
  return {
    "password.change": [
      own(({ device }) => calling("password.change", { device, input: { ...change, newPassword: "battery one" } }))[0],
      own(({ device }) => calling("password.change", { device, input: { ...change, newPassword: "battery two" } }))[1],
    ],
    "password.change keeping others": own(({ device }) =>
      calling("password.change", { device, input: { ...change, newPassword: "battery on", keepOtherSessions: true } }),
    ),
    "user.update": own(({ device }) => calling("user.update", { device, input: { username: "countess" } })),
    "user.export": own(({ device }) => calling("user.export", { device })),
    "user.requestEmailChange": own(({ device }) =>
      calling("user.requestEmailChange", { device, input: { email: "another@example.com", password } }),
    ),
    "user.archive": own(({ device }) => calling("user.archive", { device, input: { password } })),
    "user.delete": own(({ device }) => calling("user.delete", { device, input: { password } })),
  };
}

function linkCalls({ undo, confirm, reset }: Ada, own: Own): Record<string, Plays> {
  return {
    "password.requestReset": both(calling("password.requestReset", { input: { email: links.moved } })),
    "password.checkToken": both(calling("password.checkToken", { input: { token: reset } })),
    "password.reset": [
      calling("password.reset", { input: { token: reset, newPassword: "staple one" } }),
      calling("password.reset", { input: { token: reset, newPassword: "staple two" } }),
    ],
    "user.confirmEmailChange": own(({ device }) =>
      calling("user.confirmEmailChange", { device, input: { token: confirm } }),
    ),
    "user.undoEmailChange": both(calling("user.undoEmailChange", { input: { token: undo } })),
    "registration.register of the new address": both(registering(links.next)),
    "registration.register of the old address": both(registering(links.old)),
  };
}

const registering = (email: string) => calling("registration.register", { input: { email, password } });

function socialCalls({ identityId }: Ada, own: Own): Record<string, Plays> {
  const start = { provider: "own", purpose: "connect" };
  return {
    "social.start": own(({ device }) => calling("social.start", { device, input: start })),
    "social.login": both(calling("social.login", { input: { provider: "own", accessToken: "ada" } })),
    "social.connect": own(({ device }) =>
      calling("social.connect", { device, input: { provider: "own", accessToken: "other" } }),
    ),
    "social.disconnect": own(({ device }) => calling("social.disconnect", { device, input: { id: identityId } })),
  };
}

function workers(director: TestApp): Record<string, Plays> {
  return {
    "mint reset_password": both(minting(director, "reset_password")),
    "mint confirm_email_change": both(minting(director, "confirm_email_change")),
    "mint email_changed_notice": both(minting(director, "email_changed_notice")),
    housekeeping: both(housekeeping),
    provideUser: both(providing(links.moved)),
  };
}

/** An account at rest, which any sign-in brings back. */
export const archived: Stage = {
  config: settings,
  async prepare(director, transport) {
    const ada = await adaWithLinks(director);
    const { first } = await seat(director, transport, { ...ada.user, email: links.moved });
    await call(director, "user.archive", { device: first.device, input: { password } });
    return {
      "auth.login": both(calling("auth.login", { input: { email: links.moved, password } })),
      "social.login": both(calling("social.login", { input: { provider: "own", accessToken: "ada" } })),
      "password.reset": both(calling("password.reset", { input: { token: ada.reset, newPassword: "staple one" } })),
      "user.undoEmailChange": both(calling("user.undoEmailChange", { input: { token: ada.undo } })),
      provideUser: both(providing(links.moved)),
    };
  },
};
