import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { providerVariables, readProviders } from "../../packages/api/src/operator/providers.js";
import { waysOf } from "../../packages/api/src/providers/provider.js";
import { builtInKinds } from "../../packages/api/src/providers/providers.js";
import { complaints, pageOf, samplesOf } from "../support/samples.js";

const page = pageOf("docs/providers.md");
const samples = samplesOf(page);

/** The rows of the table at the top. */
const rows = [...page.matchAll(/^\| \[(.+?)\]\(#(.+?)\) +\| `(.+?)` +\| (.+?) +\| (.+?) +\|/gm)].map(
  ([, heading = "", anchor = "", id = "", variables = "", ways = ""]) => {
    return { heading, anchor, id, variables: codesOf(variables), ways: codesOf(ways) };
  },
);

/** Every provider, from variables that are all set. */
const { providers } = readProviders({
  ...Object.fromEntries(providerVariables.map((name) => [name, "something"])),
  APPLE_PRIVATE_KEY: String(
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
  ),
  GITLAB_BASE_URL: "https://gitlab.example.com",
  MICROSOFT_TENANT: "common",
  OIDC_ISSUER: "https://id.example.com",
});

/** Slips that the compiler has to find. */
const slips: [right: string, wrong: string][] = [
  ['tenant: "organizations"', "tenants: true"],
  ["clientIds: [", "clientids: ["],
  ['issuer: "https://id.acme.example.com/realms/staff",\n', ""],
  ["isEmailVouched: confirmed, ", ""],
];

function codesOf(cell: string): string[] {
  return [...cell.matchAll(/`(.+?)`/g)].map(([, code = ""]) => code);
}

test("the table names every built-in provider with its id and the ways that it offers, and no other", () => {
  const told = rows.map(({ id, ways }) => `${id}: ${ways.join(", ")}`);
  expect(told.toSorted()).toEqual(providers.map((own) => `${own.id}: ${waysOf(own).join(", ")}`).toSorted());
  expect(providers.map(({ kind }) => kind).toSorted()).toEqual([...builtInKinds].toSorted());
});

test("the table names the variables that the server reads, each in its row", () => {
  expect(rows.flatMap(({ variables }) => variables).toSorted()).toEqual([...providerVariables].toSorted());
  for (const { id, variables } of rows) {
    expect(
      variables.filter((name) => !name.startsWith(`${id.toUpperCase()}_`)),
      id,
    ).toEqual([]);
  }
});

test("each provider has a section that says which address to register", () => {
  for (const { heading, anchor, id } of rows) {
    expect(anchor).toBe(heading.toLowerCase().replaceAll(",", "").replaceAll(" ", "-"));
    const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
    const address = section.replaceAll(/\s+/g, " ");
    expect(address, heading).toMatch(/Register: /);
    expect(address, heading).toContain(id === "oidc" ? "`oidc`" : `PUBLIC_URL/oauth/${id}/callback`);
  }
});

test("a reader's samples compile, and would not with a slip", () => {
  const wrong = slips.map(([right, slip]) => {
    const sample = samples.find((text) => text.includes(right));
    if (sample === undefined) throw new Error(`There is no ${right} on the page.`);
    return sample.replace(right, () => slip);
  });
  const found = complaints([...samples, ...wrong]);
  expect(found.slice(0, samples.length)).toEqual(samples.map(() => []));
  for (const [index, [right]] of slips.entries()) expect(found[samples.length + index], right).not.toEqual([]);
}, 120_000);
