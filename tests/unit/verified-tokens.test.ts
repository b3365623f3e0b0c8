import { expect, test } from "vitest";
import type { AccessClaims } from "../../packages/api/src/tokens/token-manager.js";
import { createVerifiedTokens } from "../../packages/api/src/tokens/verified-tokens.js";

const start = new Date("2026-01-01T12:00:00Z");
const after = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const claims = (minutes: number): AccessClaims => ({ userId: "u", sessionId: "s", expiresAt: after(minutes) });

test("K13: a verified token is remembered, and no other spelling of it", () => {
  const verified = createVerifiedTokens();
  verified.add("a.b.c", claims(5), start);
  expect(verified.find("a.b.c")).toEqual(claims(5));
  for (const other of ["a.b.c=", "a.b.c ", "a.b.C", ""]) expect(verified.find(other)).toBeNull();
});

test("K13: what is kept of a token is a hash of one length, and what it says", () => {
  const known = new Map<string, AccessClaims>();
  const verified = createVerifiedTokens(known);
  for (const token of ["a.b.c", "long".repeat(1000)]) verified.add(token, claims(5), start);
  for (const key of known.keys()) expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(known.size).toBe(2);
});

test("K13: no more than ten thousand are remembered, the latest", () => {
  const known = new Map<string, AccessClaims>();
  const verified = createVerifiedTokens(known);
  for (let token = 0; token < 10_010; token++) verified.add(`${token}`, claims(5), start);
  expect(known.size).toBe(10_000);
  expect([verified.find("9"), verified.find("10"), verified.find("10009")]).toEqual([null, claims(5), claims(5)]);
});

test("K13: expired ones are forgotten as soon as another one comes", () => {
  const known = new Map<string, AccessClaims>();
  const verified = createVerifiedTokens(known);
  for (let token = 0; token < 100; token++) verified.add(`${token}`, claims(5), start);
  verified.add("new", claims(10), after(5));
  expect([...known.values()]).toEqual([claims(10)]);
});
