import { fieldErrorsOf, type KeywrightClient } from "@keywright/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.js";
import { refusal } from "../support/refusal.js";

let app: TestApp;
let client: KeywrightClient;
beforeAll(async () => {
  app = await createTestApp();
  client = await app.signedIn(await app.addUser());
});
afterAll(() => app.close());

const taken: [what: string, name: string][] = [
  ["English", "Ada Lovelace"],
  ["Irish", "Sinéad O’Connor"],
  ["Polish", "Łukasz Żółć"],
  ["Icelandic", "Þórður"],
  ["Vietnamese", "Nguyễn Thị Ánh"],
  ["letters and marks apart", "Zoe\u0308"],
  ["Turkish", "İbrahim Işık"],
  ["Greek", "Οδυσσέας"],
  ["Russian", "Мария Склодовская"],
  ["Georgian", "თამარი"],
  ["Armenian", "Արամ"],
  ["Hebrew with points", "שָׁלוֹם"],
  ["Arabic", "عبد الرحمن"],
  ["Persian with a non-joiner", "علی\u200Cرضا"],
  ["Urdu", "محمد اقبال"],
  ["Hindi", "श्रीमती इंदिरा"],
  ["Hindi with a joiner", "क्\u200Dषमा"],
  ["Bengali", "রবীন্দ্রনাথ"],
  ["Sinhala with a joiner", "ශ්\u200Dරී ලංකා"],
  ["Malayalam with a joiner at the end of a word", "രാജന്\u200D നായര്\u200D"],
  ["Kannada with a non-joiner", "ರಾಜ್\u200Cಕುಮಾರ್"],
  ["Tamil", "தமிழ்ச்செல்வி"],
  ["Thai", "สมชาย"],
  ["Burmese", "အောင်ဆန်းစုကြည်"],
  ["Khmer", "សុខា"],
  ["Tibetan", "བསྟན་འཛིན་"],
  ["Amharic", "አበበ በቂላ"],
  ["Chinese", "张伟"],
  ["Japanese", "山田 太郎"],
  ["Japanese in the form that a family uses", "葛\u{E0100}城"],
  ["Korean", "김민수"],
  ["Hawaiian", "Keʻalohi"],
  ["an ideographic space", "山田　太郎"],
  ["letters beyond the first plane", "𠮷野"],
  ["an emoji", "Ada 🚀"],
  ["a coloured emoji of two people", "👩🏽\u200D🤝\u200D👨🏿"],
  ["an emoji that is joined", "👩\u200D💻"],
  ["an emoji with a selector", "🏳️\u200D🌈 ❤️"],
  ["a flag", "🇺🇦"],
  ["the flag of a region", "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"],
];

const refused: [what: string, name: string][] = [
  ["blanks only", "   "],
  ["an ideographic space only", "　"],
  ["a Hangul filler, which is a letter that nobody sees", "\u3164"],
  ["a blank of Braille", "\u2800"],
  ["a joiner only", "\u200D"],
  ["a joiner at the end", "Ada\u200D"],
  ["a joiner beside a space", "Ada \u200CLovelace"],
  ["two joiners in a row", "علی\u200C\u200Cرضا"],
  ["a joiner between a letter and an emoji", "Ada\u200D🚀"],
  ["an override of direction", "Ada\u202Eecalevol"],
  ["an embedding", "\u202AAda\u202C"],
  ["an isolate", "\u2067Ada\u2069"],
  ["a mark from left to right", "Ada\u200E"],
  ["an Arabic mark of direction", "Ada\u061C"],
  ["a zero-width space", "A\u200Bda"],
  ["a byte-order mark inside", "A\uFEFFda"],
  ["a word joiner", "A\u2060da"],
  ["a soft hyphen", "A\u00ADda"],
  ["a selector of nothing", "\uFE0FAda"],
  ["letters of a hidden message", "Ada\u{E0041}\u{E0042}"],
  ["half a flag of a region", "🏴\u{E0067}\u{E0062}"],
  ["a grapheme joiner", "A\u034Fda"],
  ["a NUL", "A\u0000da"],
  ["an escape", "\u001B[31mAda"],
  ["a line break", "Ada\nLovelace"],
  ["a line separator", "Ada\u2028Lovelace"],
  ["half a surrogate", "Ada\uD83D"],
  ["151 letters", "a".repeat(151)],
];

describe("names", () => {
  test("a person goes by any that people can read (A27), with the joiners of their script", async () => {
    expect(taken.length).toBeGreaterThanOrEqual(30);
    for (const [what, name] of taken) {
      const user = await client.user.update.mutate({ firstName: name, lastName: name });
      expect([user.firstName, user.lastName], what).toEqual([name, name]);
    }
    const { firstName, lastName } = await client.user.me.query();
    expect([firstName, lastName]).toEqual([taken.at(-1)?.[1], taken.at(-1)?.[1]]);
  });

  test("others are refused at their field (A27), and nothing is written", async () => {
    expect(taken.length + refused.length).toBeGreaterThanOrEqual(40);
    const before = await client.user.me.query();
    for (const [what, name] of refused) {
      const error = await refusal(client.user.update.mutate({ firstName: "New", lastName: name }));
      expect(fieldErrorsOf(error), what).toMatchObject({
        lastName: [{ reason: expect.stringMatching(/^(?:INVALID|TOO_LONG)$/) }],
      });
    }
    expect(await client.user.me.query()).toEqual(before);
  });

  test("a device is named in any script as well (A27)", async () => {
    const ada = await app.addUser();
    const named = (deviceName: string) =>
      app.visitor().auth.login.mutate({ email: ada.email, password: ada.password, deviceName });
    expect((await named("گوشی\u200Cام 📱 ")).session.deviceName).toBe("گوشی\u200Cام 📱");
    expect(fieldErrorsOf(await refusal(named("Phone\u202E")))).toHaveProperty("deviceName");
  });

  test("a username stays plain (A27): letters that fold into others are refused", async () => {
    for (const username of ["\u212Aate", "ﬁona", "ada\u200Clove", "аda", "İbrahim", "ada love", "ada@x"]) {
      const error = await refusal(client.user.update.mutate({ username }));
      expect(fieldErrorsOf(error)).toMatchObject({ username: [{ reason: "INVALID" }] });
    }
  });
});
