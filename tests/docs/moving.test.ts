import * as api from "@keywright/api";
import { describe, expect, test } from "vitest";
import { buildLink, linkPages } from "../../packages/api/src/mail/links.js";
import { parseSettings } from "../../packages/api/src/settings/parse-settings.js";
import { complaints, pageOf, samplesOf } from "../support/samples.js";

const page = pageOf("docs/moving.md");

const accounts =
  "POST login/, POST logout/, GET logout/, POST password/reset/, POST password/reset/confirm/, POST password/change/";
const profile = "GET user/, PUT user/, PATCH user/";
const signUp = "POST registration/, POST registration/verify-email/, GET registration/account-confirm-email/<key>/";
const social =
  "POST facebook/, POST twitter/, POST <provider>/, POST <provider>/connect/, GET socialaccounts/, POST socialaccounts/<id>/disconnect/";

/** Every endpoint, mutation and query of each system. */
const endpoints: Record<string, string> = {
  "dj-rest-auth": `${accounts}, ${profile}, POST token/verify/, POST token/refresh/, ${signUp}, POST registration/resend-email/, GET registration/account-email-verification-sent/, ${social}, POST mfa/…`,
  "django-rest-auth": `${accounts}, ${profile}, ${signUp}, ${social}`,
  "django-rest-framework-auth":
    "POST login/, POST logout/, POST forgot/, GET reset/<uidb64>/<token>/, POST reset/<uidb64>/<token>/, GET reset/d/, POST change-password/, POST signup/, GET signup/v/<uidb64>/<token>/, GET api-root/",
  "django-rest-registration":
    "POST register/, POST verify-registration/, POST send-reset-password-link/, POST reset-password/, POST login/, POST logout/, GET profile/, POST profile/, PUT profile/, PATCH profile/, POST change-password/, POST register-email/, POST verify-email/, GET verify-registration/, GET verify-email/, GET reset-password/",
  "django-graphql-auth":
    "register, verifyAccount, resendActivationEmail, sendPasswordResetEmail, passwordReset, passwordSet, passwordChange, tokenAuth, verifyToken, refreshToken, revokeToken, archiveAccount, deleteAccount, updateAccount, sendSecondaryEmailActivation, verifySecondaryEmail, swapEmails, removeSecondaryEmail, captcha, me, publicUser, user, users",
};

const procedures = Object.entries(api.authRouters).flatMap(([group, router]) =>
  Object.keys(router).map((name) => `${group}.${name}`),
);
const settings = Object.entries(parseSettings({})).flatMap(([group, values]) =>
  Object.keys(values).map((name) => `${group}.${name}`),
);

describe("the page about moving", () => {
  test.each(Object.entries(endpoints))("has every endpoint of %s", (system, list) => {
    const section = sectionOf(`## ${system}`);
    const named = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, endpoint]) => endpoint);
    expect(named.toSorted()).toEqual(list.split(", ").toSorted());
  });

  test("names procedures and settings that are there", () => {
    const groups = new Set([...procedures, ...settings].map((name) => name.split(".")[0]));
    const named = [...page.matchAll(/`(\w+)\.(\w+)`/g)].flatMap(([, group, name]) =>
      groups.has(group) ? [`${group}.${name}`] : [],
    );
    expect(named.filter((name) => !procedures.includes(name) && !settings.includes(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(100);
  });

  test("sends an endpoint to a procedure, or says why there is none", () => {
    const rows = Object.keys(endpoints).flatMap((system) => [
      ...sectionOf(`## ${system}`).matchAll(/^\| `[^`]+`[^|]*\| ([^| ]+) +\| ([^|]+) \|$/gm),
    ]);
    expect(rows.length).toBe(Object.values(endpoints).join(", ").split(", ").length);
    for (const [row, here = "", what = ""] of rows) {
      if (here !== "–") expect(procedures, row).toContain(here.slice(1, -1));
      else expect(what, row).toMatch(/\w{3}/);
    }
  });

  test("names reasons that are there", () => {
    const reasons = pageOf("docs/reasons.md");
    const named = [...page.matchAll(/→ `([A-Z_]+)`(?:, `([A-Z_]+)`)?(?:, `([A-Z_]+)`)?/g)].flatMap(([, ...all]) => all);
    for (const reason of named) if (reason) expect(reasons).toContain(`\`${reason}\``);
    expect(named.length).toBeGreaterThan(20);
  });

  test("names services that can be called, and pages that mails link to", () => {
    const services = [...page.matchAll(/around (?:our service: )?`(\w+)`/g)].map(([, service = ""]) => service);
    expect(services.length).toBeGreaterThan(2);
    for (const service of services) expect(api).toHaveProperty(service);
    const appUrl = new URL("https://www.example.com");
    for (const name of linkPages.filter((name) => name !== "home")) {
      const { pathname } = new URL(buildLink({}, { page: name, token: "t", appUrl }));
      expect(page).toContain(`\`${pathname}\``);
    }
  });

  test("has samples that compile, and would not with a field that is not there", () => {
    const samples = samplesOf(page);
    expect(samples).toHaveLength(3);
    const wrong = samples.map((sample) => sample.replace(/verify_email:|\.password \?\?|appUrl }/, "wrong_"));
    const found = complaints([...samples, ...wrong]);
    expect(found.slice(0, samples.length)).toEqual(samples.map(() => []));
    for (const complaint of found.slice(samples.length)) expect(complaint).not.toEqual([]);
  }, 120_000);
});

/** From a heading to the next of the same depth. */
function sectionOf(heading: string): string {
  const [, rest = ""] = page.split(`\n${heading}\n`);
  return rest.split("\n## ")[0] ?? "";
}
