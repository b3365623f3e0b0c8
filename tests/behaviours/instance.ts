import { z } from "zod";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";

/** Another instance with other settings on the same database and at the same time; closed when `work` is done. */
export async function withInstance<T>(
  app: TestApp,
  config: TestConfig,
  work: (instance: TestApp) => Promise<T>,
): Promise<T> {
  const mail = { signInNotices: false, ...config.mail };
  const instance = await createTestApp({ ...config, mail }, app.database);
  instance.travel(app.offsetMs());
  // The counts are in the database that both share.
  if (config.limits) await app.sql("delete from keywright.rate_limits");
  return await work(instance).finally(() => instance.close());
}

/** The rows of one table that belong to one address, to see that nothing changed. */
export function accountRow(app: TestApp, email: string): Promise<Record<string, unknown>[]> {
  return app.sql(
    `select users.*, hash from keywright.users left join keywright.passwords on user_id = users.id where email_key = '${email.toLowerCase()}'`,
  );
}

/** How many accounts have this address. */
export async function accountsOf(app: TestApp, email: string): Promise<number> {
  return (await accountRow(app, email)).length;
}

/** How many mails to this address there were, those that are due now included. */
export async function mailsTo(app: TestApp, address: string): Promise<number> {
  await app.keywright.deliverMail();
  return app.mails.filter(({ to }) => to === address).length;
}

const refusalBody = z.object({ error: z.object({ json: z.object({ data: z.looseObject({ reason: z.string() }) }) }) });

/** What a raw answer says of its refusal. */
export async function refusalIn(response: Response): Promise<Record<string, unknown>> {
  return refusalBody.parse(await response.json()).error.json.data;
}
