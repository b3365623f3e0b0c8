import {
  authRouters,
  errorFormatter,
  type KeywrightContext,
  mountAuth,
  openApiDocument,
  refusedWith,
  transformer,
  userProcedure,
} from "@keywright/api";
import { Validator } from "@seriousme/openapi-schema-validator";
import { initTRPC, lazy } from "@trpc/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { contractReasons } from "../support/contract-reasons.js";
import { checkerOf, reasonsIn } from "../support/openapi.js";
import { complaints, pageOf, samplesOf } from "../support/samples.js";

const about = { title: "Accounts", version: "1.2.3", serverUrl: "https://api.example.com/" };
const document = await openApiDocument(authRouters, about);

const t = initTRPC.context<KeywrightContext>().create({ transformer, errorFormatter, isDev: false });
const signedIn = t.procedure.concat(userProcedure);
const post = z.strictObject({ id: z.string(), at: z.date(), note: z.string().optional(), size: z.bigint() });
const author = z.strictObject({ name: z.string() }).meta({ id: "Author" });
const comment = z.object({
  author,
  get replies() {
    return z.array(comment);
  },
});
const later = t.router({ slow: t.procedure.output(z.array(post)).query(() => []) });
const appRouter = t.router({
  ...mountAuth(t),
  posts: t.router({
    create: signedIn
      .errors(refusedWith("NOT_FOUND", "IDENTITY_TAKEN"))
      .input(z.strictObject({ title: z.string().max(80), when: z.date() }))
      .output(post.meta({ id: "Post", description: "What was written." }))
      .mutation(() => ({ id: "1", at: new Date(), size: 1n })),
    count: t.procedure
      .input(z.object({ a: z.string() }))
      .input(z.object({ b: z.int() }))
      .query(() => 1),
    comment: signedIn
      .input(z.strictObject({ comment, by: author }))
      .output(comment)
      .mutation(({ input }) => input.comment),
    drafts: t.router({ drop: signedIn.mutation(() => {}) }),
    later: lazy(async () => later),
    unchecked: t.procedure.input((value: unknown) => String(value)).mutation(() => 1),
  }),
});
const merged = await openApiDocument(appRouter, {
  ...about,
  endpoint: "/api/trpc",
  descriptions: { "posts.create": "Writes a post. Everybody sees it.", "auth.login": "Opens the door." },
});

describe("the OpenAPI document", () => {
  test.each([
    ["our own procedures", document],
    ["an app's merged router", merged],
  ])("is valid for %s", async (_, made) => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(JSON.stringify(made)))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("is found invalid by the same validator where something is missing", async () => {
    const broken = { ...JSON.parse(JSON.stringify(document)), info: {} };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  test("has every procedure of the contract, with the reasons that its type names and no others", () => {
    const contract = contractReasons();
    expect(Object.keys(contract).length).toBe(Object.keys(document.paths).length);
    const told = Object.keys(contract).map((name) => [name, [...new Set(reasonsIn(document, name))].toSorted()]);
    expect(Object.fromEntries(told)).toEqual(contract);
  });

  test("says what each procedure is for, in a summary and in full", () => {
    for (const [path, { get, post }] of Object.entries(document.paths)) {
      const { summary = "", description = "", operationId, tags } = get ?? post ?? { operationId: "" };
      expect(description.startsWith(summary), path).toBe(true);
      expect(summary.length, path).toBeGreaterThan(10);
      expect([operationId, tags]).toEqual([path.slice(6).replace(".", "_"), [path.slice(6).split(".")[0]]]);
    }
  });

  test("names the schemas that callers speak of", () => {
    const names = ["LoginInput", "RegisterInput", "SessionInfo", "SignIn", "Tokens", "User", "UserEvents"];
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(names));
    expect(document.components.schemas).toMatchObject({
      LoginInput: { additionalProperties: false, required: ["password"] },
      RegisterInput: { properties: { firstName: { maxLength: 150 }, email: { format: "email" } } },
      User: {
        properties: { createdAt: { type: "string", format: "date-time" }, lastLoginAt: { anyOf: expect.any(Array) } },
      },
    });
  });

  test("asks for tokens by a header where there is a sign-in, and nowhere else", () => {
    const withHeader = Object.entries(document.paths).filter(([, { get, post }]) => {
      return (get ?? post)?.parameters?.some(({ name }) => name === "keywright-transport");
    });
    const signIns = [
      "auth.login",
      "password.change",
      "registration.register",
      "registration.verifyEmail",
      "social.login",
      "social.complete",
    ];
    expect(withHeader.map(([path]) => path)).toEqual(signIns.map((name) => `/trpc/${name}`));
  });

  test.each([
    ["https://api.example.com", "__Host-keywright-session"],
    ["http://localhost:3000", "keywright-session"],
    ["http://api.internal", "keywright-session"],
  ])("knows the session cookie of %s", async (serverUrl, name) => {
    const { components, servers } = await openApiDocument(authRouters, { ...about, serverUrl });
    expect(components.securitySchemes).toMatchObject({ sessionCookie: { in: "cookie", name } });
    expect(servers).toEqual([{ url: serverUrl }]);
  });
});

describe("an app's own procedure in the OpenAPI document", () => {
  test("has its input, its answer, its reasons and its words", () => {
    const create = merged.paths["/api/trpc/posts.create"]?.post;
    expect(create).toMatchObject({
      summary: "Writes a post",
      description: "Writes a post. Everybody sees it.",
      tags: ["posts"],
      security: [{ sessionCookie: [] }, { accessToken: [] }],
      responses: { 401: { description: "- `NOT_AUTHENTICATED`: Sign in first." }, 409: expect.anything() },
    });
    expect(JSON.stringify(create?.responses[200])).toContain('"#/components/schemas/Post"');
    expect(merged.components.schemas).toMatchObject({
      Post: {
        type: "object",
        description: "What was written.",
        properties: {
          at: { type: "string", format: "date-time" },
          // What is undefined is answered as null, and a bigint as text.
          note: { type: ["string", "null"] },
          size: { type: "string", pattern: "^-?\\d+$" },
        },
      },
      PostsCreateInput: {
        properties: { title: { maxLength: 80 }, when: { format: "date-time" } },
        additionalProperties: false,
      },
    });
  });

  test("stands beside ours, whose words it may change", () => {
    expect(Object.keys(merged.paths).length).toBe(Object.keys(document.paths).length + 6);
    expect(merged.paths["/api/trpc/auth.login"]?.post?.description).toBe("Opens the door.");
  });

  test("refers to schemas that are there, also where they are named inside others or contain themselves", () => {
    for (const { paths, components } of [document, merged]) {
      const named = [...JSON.stringify({ paths, components }).matchAll(/"\$ref":"([^"]*)"/g)].map(([, name]) => name);
      const there = Object.keys(components.schemas).map((name) => `#/components/schemas/${name}`);
      expect([...new Set(named)].toSorted()).toEqual(there.toSorted());
    }
    // What is sent is closed, and what is answered may grow.
    expect(merged.components.schemas).toMatchObject({
      Author: { type: "object", required: ["name"] },
      AuthorInput: { type: "object", additionalProperties: false },
      PostsCommentInput: { properties: { by: { $ref: "#/components/schemas/AuthorInput" } } },
      PostsCommentOutput: {
        properties: { replies: { items: { $ref: "#/components/schemas/PostsCommentOutput" } } },
      },
    });
    expect(merged.components.schemas.Author).not.toHaveProperty("additionalProperties");
    for (const schema of Object.values(merged.components.schemas)) {
      expect(Object.keys(schema).filter((key) => /^(?:\$?id|\$schema|\$defs)$/.test(key))).toEqual([]);
    }
  });

  test("is described as far as it can be known: nested, lazy, in parts, or checked by other means", () => {
    expect(merged.paths["/api/trpc/posts.drafts.drop"]?.post?.tags).toEqual(["posts"]);
    const slow = merged.paths["/api/trpc/posts.later.slow"]?.get;
    expect(JSON.stringify(slow?.responses[200])).toContain("PostsLaterSlowOutput");
    expect(merged.components.schemas.PostsLaterSlowOutput).toMatchObject({ type: "array" });
    expect(merged.paths["/api/trpc/posts.count"]?.get?.parameters).toMatchObject([
      {
        name: "input",
        required: true,
        content: { "application/json": { schema: { properties: { json: { allOf: [{}, {}] } } } } },
      },
    ]);
    expect(merged.paths["/api/trpc/posts.unchecked"]?.post?.requestBody?.required).toBe(true);
    expect(Object.keys(merged.paths["/api/trpc/posts.count"]?.get?.responses ?? {})).toEqual([
      "200",
      "400",
      "403",
      "404",
      "409",
      "429",
      "500",
      "503",
    ]);
  });
});

test("a root without a transformer, and with tRPC's own errors, is described as it is", async () => {
  const plain = initTRPC.create();
  const own = plain.router({
    hello: plain.procedure
      .input(z.string())
      .output(z.date())
      .mutation(() => new Date(0)),
  });
  const { paths } = await openApiDocument(own, about);
  const hello = paths["/trpc/hello"]?.post;
  expect(hello?.requestBody?.content["application/json"].schema).toEqual({ $ref: "#/components/schemas/HelloInput" });
  expect(Object.keys(hello?.responses ?? {})).toEqual(["200", "default"]);
  expect(hello?.tags).toBeUndefined();
});

test("a root whose wire format is not known is refused with a sentence", async () => {
  const odd = { serialize: (value: unknown) => [value], deserialize: (value: unknown) => value };
  const own = initTRPC.create({ transformer: odd });
  await expect(openApiDocument(own.router({}), about)).rejects.toThrow("transformer");
});

describe("the page about OpenAPI", () => {
  const page = pageOf("docs/openapi.md");

  test("has a sample that compiles, and would not with a slip", () => {
    const [sample = "", ...more] = samplesOf(page);
    expect(more).toEqual([]);
    const [right, wrong] = complaints([sample, sample.replace("serverUrl:", "url:")]);
    expect(right).toEqual([]);
    expect(wrong).not.toEqual([]);
  }, 120_000);

  test("has commands for procedures that are there, and answers of the shapes that are sent", () => {
    const named = [...page.matchAll(/\/trpc\/(\w+\.\w+)/g)].map(([, name]) => `/trpc/${name}`);
    expect(new Set(named).size).toBeGreaterThan(4);
    for (const path of named) expect(document.paths).toHaveProperty([path]);
    const checker = checkerOf(document);
    const [, refused] = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text = ""]) => JSON.parse(text));
    expect(checker.answerFaults("auth.login", 401, refused)).toEqual([]);
  });
});
