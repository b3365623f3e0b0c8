import { expect, test } from "vitest";
import { clientApi, clientPaths, clientReasons, lonePaths } from "./client-api.js";
import { migrationsModule } from "./migrations.js";
import { descriptions, proceduresPage } from "./pages.js";

// `npm run generate` writes them; without it a difference is a failure.
test("the descriptions of procedures are the comments of the contract", async () => {
  await expect(descriptions()).toMatchFileSnapshot("../../packages/api/src/contract/descriptions.ts");
});

test("the page of the procedures is made from the contract", async () => {
  await expect(proceduresPage()).toMatchFileSnapshot("../../docs/procedures.md");
});

test("the client's reasons are those of the server", async () => {
  await expect(clientReasons()).toMatchFileSnapshot("../../packages/client/src/reasons.ts");
});

test("the client's types are made from the contract as it stands", async () => {
  await expect(clientApi()).toMatchFileSnapshot("../../packages/client/src/api.ts");
});

test("what the client knows of sign-ins and sign-outs is made from the contract", async () => {
  await expect(clientPaths()).toMatchFileSnapshot("../../packages/client/src/session-paths.ts");
});

test("the migrations that are bundled are the files of drizzle-kit", async () => {
  await expect(migrationsModule()).toMatchFileSnapshot("../../packages/db/src/migrations.ts");
});

test("the calls that the client says need their own request are those of the contract", async () => {
  await expect(lonePaths()).toMatchFileSnapshot("../../packages/client/src/lone-paths.ts");
});
