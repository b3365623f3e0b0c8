import { createHmac, randomBytes } from "node:crypto";
import type { BetterAuthOptions } from "./better-auth-options.js";
import type { Headers } from "./load.js";
import type { Postgres } from "./postgres.js";
import { type Program, startProgram } from "./processes.js";
import { type Answer, send } from "./send.js";
import {
  callers,
  cookiesOf,
  eachCaller,
  emailOf,
  expectOk,
  expectSignedIn,
  fill,
  password,
  post,
  type Site,
  withSql,
} from "./sites.js";

const secret = randomBytes(32).toString("base64");
const defaults: BetterAuthOptions = { secret, hasJoins: false, cookieCacheSeconds: null };
/** It lasts for the whole run, so that it answers every call. The default is five minutes. */
const cached: BetterAuthOptions = { ...defaults, cookieCacheSeconds: 3_600 };

export interface BetterAuthSites {
  defaults: Site;
  joins: Site;
  cookieCache: Site;
}

/** Three servers of one database: with its defaults, with joins, and with sessions cached in a cookie. */
export async function startBetterAuth(server: Postgres): Promise<BetterAuthSites> {
  const database = await server.createDatabase("better_auth");
  const program = await startProgram("better-auth", database, defaults);
  const atStart = await program.usage();
  const first = siteAt(program, atStart, []);
  expectOk(await call(program, "sign-up/email", { name: "", email: emailOf(0), password }));
  await fill(database, everybody);
  const cookie = await cookieCallers(database, cookiesOf(await first.signIn(0)));
  const joins = await startAnother(database, { ...defaults, hasJoins: true }, cookie);
  const cookieCache = await startAnother(database, cached, cookie);
  const cookies = await eachCaller((number) => withCachedSession(cookieCache.check, cookie[number] ?? {}));
  const sites = {
    defaults: siteAt(program, atStart, cookie),
    joins,
    cookieCache: { ...cookieCache, sessions: { cookie: cookies, bearer: [] } },
  };
  for (const { check, sessions } of Object.values(sites)) await expectSignedIn(check, sessions.cookie);
  return sites;
}

async function startAnother(database: string, options: BetterAuthOptions, cookie: Headers[]): Promise<Site> {
  const program = await startProgram("better-auth", database, options);
  return siteAt(program, await program.usage(), cookie);
}

function siteAt(program: Program, atStart: Site["atStart"], cookie: Headers[]): Site {
  return {
    program,
    atStart,
    check: `${program.url}/api/auth/get-session`,
    sessions: { cookie, bearer: [] },
    signIn: (number) => call(program, "sign-in/email", { email: emailOf(number), password }),
  };
}

async function call({ url }: Program, path: string, input: object): Promise<Answer> {
  return await post(`${url}/api/auth/${path}`, input, {});
}

const everybody = [
  `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
    select md5(e), '', e, true, now(), now() from emails`,
  `insert into account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
    select md5(u.id), u.id, a."providerId", u.id, a.password, now(), now()
    from "user" u, account a where u.id <> a."userId"`,
  `insert into session (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
    select md5(id), md5('token' || id), id, now() + '7 days', now(), now() from "user"`,
];

/** Stored rather than signed in; the cookie is a token with its signature. */
async function cookieCallers(database: string, signedIn: string[]): Promise<Headers[]> {
  const name = signedIn[0]?.split("=", 1)[0] ?? "";
  const rows = Array.from({ length: callers }, (_, number) => ({
    token: randomBytes(24).toString("base64url"),
    email: emailOf(number),
  }));
  await withSql(
    database,
    (sql) => sql`
      insert into session (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
      select md5('caller' || s.token), s.token, u.id, now() + '7 days', now(), now()
      from jsonb_to_recordset(${sql.json(rows)}) s (token text, email text) join "user" u on u.email = s.email`,
  );
  return rows.map(({ token }) => {
    const signature = createHmac("sha256", secret).update(token).digest("base64");
    return { cookie: `${name}=${encodeURIComponent(`${token}.${signature}`)}` };
  });
}

async function withCachedSession(check: string, headers: Headers): Promise<Headers> {
  const answer = await send(check, { headers });
  expectOk(answer);
  return { cookie: [headers.cookie ?? "", ...cookiesOf(answer)].join("; ") };
}
