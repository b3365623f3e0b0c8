import { expect, test } from "vitest";
import { complaints } from "../support/samples.js";

const head = `
import { createKeywrightClient, safe, type ClientOf, type FailureOf, type User } from "@keywright/client";
import { createRouterClient, type FailureOf as RouterFailureOf } from "@keywright/client/router";
import { errorFormatter, type KeywrightContext, mountAuth, refusedWith, transformer, userProcedure } from "@keywright/api";
import { initTRPC } from "@trpc/server";
import { z } from "zod";
const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const signedIn = t.procedure.concat(userProcedure);
const plain = initTRPC.context<KeywrightContext>().create();
const appRouter = t.router({
  ...mountAuth(t),
  posts: t.router({
    create: signedIn.errors(refusedWith("EMAIL_TAKEN")).input(z.strictObject({ title: z.string() })).mutation(() => ({ at: new Date() })),
    mine: { drafts: signedIn.query(() => [1, 2]) },
    open: t.procedure.input(z.string().optional()).query(({ input }) => input ?? null),
  }),
});
const client = createKeywrightClient<typeof appRouter>({ url: "/trpc" });
const routerClient = createRouterClient<typeof appRouter>({ url: "/trpc" });
`;
const reasonOfPost = (reason: string) => `
const [, failure] = await safe(client.posts.create.mutate({ title: "One" }));
switch (failure?.data?.reason) { case "${reason}": break; }`;

/** As an app keeps it between the call and the form (C26). */
const keptFailure = (type: string, reason: string) => `
export function wordsFor(failure: ${type}): string {
  switch (failure.data?.reason) { case "${reason}": return "no"; default: return failure.message; }
}`;
const ofPost = "FailureOf<typeof client.posts.create.mutate>";
const ofRouterPost = "RouterFailureOf<typeof routerClient.posts.create.mutate>";

const fits = [
  `const at: Date = (await client.posts.create.mutate({ title: "One" })).at; export { at };`,
  "const drafts: number[] = await client.posts.mine.drafts.query(); export { drafts };",
  `await client.posts.open.query(); await client.posts.open.query("a", { signal: AbortSignal.timeout(1) });`,
  `const user: User | null = client.session.get().user; await client.auth.login.mutate({ email: "a", password: "b" }); export { user };`,
  `export const named: ClientOf<typeof appRouter> = client;`,
  reasonOfPost("EMAIL_TAKEN"),
  reasonOfPost("NOT_AUTHENTICATED"),
  reasonOfPost("RATE_LIMITED"),
  keptFailure(ofPost, "EMAIL_TAKEN"),
  keptFailure(ofPost, "NOT_AUTHENTICATED"),
  `const [, failure] = await safe(client.posts.create.mutate({ title: "One" })); export const kept: ${ofPost} | undefined = failure;`,
  keptFailure(ofRouterPost, "EMAIL_TAKEN"),
];

const misfits: [text: string, complaint: RegExp][] = [
  ["await client.posts.create.mutate({ titel: 1 });", /'titel' does not exist/],
  ["await client.posts.create.mutate();", /Expected 1-2 arguments/],
  [`await client.posts.create.query({ title: "One" });`, /'query' does not exist/],
  ["await client.posts.remove.mutate();", /'remove' does not exist/],
  [`(await client.posts.create.mutate({ title: "One" })).by;`, /'by' does not exist/],
  [reasonOfPost("USERNAME_TAKEN"), /"USERNAME_TAKEN"' is not comparable/],
  [keptFailure(ofPost, "USERNAME_TAKEN"), /"USERNAME_TAKEN"' is not comparable/],
  [keptFailure(ofRouterPost, "USERNAME_TAKEN"), /"USERNAME_TAKEN"' is not comparable/],
  [
    `createKeywrightClient<typeof taken>({ url: "/trpc" }); const taken = t.router({ session: t.router({ a: signedIn.query(() => 1) }) });`,
    /session/,
  ],
  [
    `const raw = plain.router({ a: plain.procedure.query(() => 1) }); createKeywrightClient<typeof raw>({ url: "/trpc" });`,
    /transformer/,
  ],
];

test("an app's own procedures are typed beside ours, and each of its mistakes is found", () => {
  const texts = [...fits, ...misfits.map(([text]) => text)].map((text) => `${head}${text}\nexport {};`);
  const found = complaints(texts, { noUnusedLocals: false });
  expect(found.slice(0, fits.length)).toEqual(fits.map(() => []));
  for (const [index, [, complaint]] of misfits.entries()) {
    expect(found[fits.length + index]?.join("\n")).toMatch(complaint);
  }
}, 120_000);
