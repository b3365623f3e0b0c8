interface Misfit {
  name: string;
  text: string;
  /** What the compiler has to say about it. */
  complaint: RegExp;
}

const head = `import { createKeywrightClient, safe } from "@keywright/client";
const client = createKeywrightClient({ url: "http://localhost:3000" });\n`;
const login = (input: string) => `await client.auth.login.mutate(${input});`;
const refusedWith = (reason: string) =>
  `const [, error] = await safe(client.auth.login.mutate({ email: "a", password: "b" }));
switch (error?.data?.reason) { case "${reason}": break; }`;

const failureOf = (other: string) =>
  `import type { FailureOf } from "@keywright/client";
import { createKeywrightClient, safe } from "@keywright/client";
const client = createKeywrightClient({ url: "/" });
const [, failure] = await safe(client.registration.${other}.mutate({}));
export const same: FailureOf<typeof client.auth.login.mutate> | undefined = failure;`;

const router = (text: string) => `import { createRouterClient } from "@keywright/client/router";
import { safe } from "@trpc/client";
const client = createRouterClient({ url: "http://localhost:3000" });\n${text}`;
const native = `import { createKeywrightClient } from "@keywright/client/native";\n`;
const social = `import { readSocialReturn, startSocial } from "@keywright/client/social";\n${head}`;
const react = `import { useSignIn } from "@keywright/client/react";\n`;
const messages = `import { english, messageOf } from "@keywright/client/messages";\n`;

/** What must not compile. */
export const misfits: readonly Misfit[] = [
  misfit("misspelled-field", login(`{ emial: "a", password: "b" }`), /'emial' does not exist/),
  misfit("C25-nobody-named", login(`{ password: "b" }`), /'\{ password: string; \}' is not assignable/),
  misfit("missing-password", login(`{ email: "a" }`), /'password' is missing/),
  misfit("field-of-another-type", login(`{ email: 1, password: "b" }`), /'number'/),
  misfit("reason-of-another-procedure", refusedWith("EMAIL_TAKEN"), /"EMAIL_TAKEN"' is not comparable/),
  misfit("C26-failure-of-another-procedure", failureOf("register"), /'Failure<ErrorData<.+' is not assignable/),
  misfit("reason-that-nobody-gives", refusedWith("WRONG"), /"WRONG"' is not comparable/),
  misfit("misspelled-procedure", "await client.auth.singOut.mutate();", /'singOut' does not exist/),
  misfit("mutation-as-query", login("{}").replace("mutate", "query"), /'query' does not exist/),
  misfit("misspelled-answer", "(await client.user.me.query()).emial;", /'emial' does not exist/),
  misfit("unchecked-null", "(await client.auth.session.query()).user;", /possibly 'null'/),
  misfit("misspelled-setting", `createKeywrightClient({ ulr: "/trpc" });`, /'ulr' does not exist/),
  misfit("unchecked-session", "client.session.get().user.id;", /possibly 'null'/),
  misfit(
    "misspelled-procedure-of-the-router",
    router("await client.auth.singOut.mutate();"),
    /'singOut' does not exist/,
  ),
  misfit("reason-of-another-procedure-of-the-router", router(refusedWith("EMAIL_TAKEN")), /"EMAIL_TAKEN"' is not/),
  misfit("phone-without-a-store", `${native}createKeywrightClient({ url: "/" });`, /'tokens' is missing/),
  misfit("round-trip-without-a-provider", `${social}await startSocial(client, {});`, /'provider' is missing/),
  misfit("unchecked-return", `${social}readSocialReturn("/").failure;`, /possibly 'null'|'failure' does not exist/),
  misfit(
    "reason-that-no-start-gives",
    `${social}const [, error] = await safe(startSocial(client, { provider: "google" }));
switch (error?.data?.reason) { case "EMAIL_TAKEN": break; }`,
    /"EMAIL_TAKEN"' is not/,
  ),
  misfit("form-without-a-password", `${react}await useSignIn().signIn({ email: "a" });`, /'password' is missing/),
  misfit(
    "reason-that-no-form-gives",
    `${react}switch (useSignIn().error?.data?.reason) { case "EMAIL_TAKEN": break; }`,
    /"EMAIL_TAKEN"' is not/,
  ),
  misfit("misspelled-message", `${messages}messageOf(null, { ...english, NO_LUCK: "" });`, /'NO_LUCK' does not exist/),
];

function misfit(name: string, text: string, complaint: RegExp): Misfit {
  return { name, text: `${text.startsWith("import") ? "" : head}${text}\nexport {};\n`, complaint };
}
