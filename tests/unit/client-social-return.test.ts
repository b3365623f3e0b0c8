import { reasonOf } from "@keywright/client";
import { english, messageOf } from "@keywright/client/messages";
import { readSocialReturn, type SocialReturn } from "@keywright/client/social";
import { describe, expect, test } from "vitest";

describe("an address that a round trip ended at", () => {
  test("says why it failed, as a call's failure does", () => {
    const back = readSocialReturn("https://app.example.com/?error=EMAIL_CONFLICT");
    expect(back?.status).toBe("failed");
    expect(reasonOf(failureIn(back))).toBe("EMAIL_CONFLICT");
    expect(messageOf(failureIn(back), english)).toBe(english.EMAIL_CONFLICT);
  });

  test("says what is missing, and with which ticket it can be completed", () => {
    const place =
      "https://app.example.com/welcome?a=b&status=registration_incomplete&missing=email%2Cusername&ticket=kwt_1";
    expect(readSocialReturn(place)).toEqual({
      status: "registration_incomplete",
      missing: ["email", "username"],
      ticket: "kwt_1",
    });
  });

  test("says that a mail was sent, and carries the code for an app", () => {
    expect(readSocialReturn("/?status=verification_sent")).toEqual({ status: "verification_sent" });
    const handoff = { status: "handed_off", handoff: "a+b c=" };
    expect(readSocialReturn("com.example.app://auth/done?handoff=a%2Bb+c%3D")).toEqual(handoff);
    expect(readSocialReturn("exp://127.0.0.1:8081/--/auth?handoff=a%2Bb+c==#_=_")).toMatchObject({
      status: "handed_off",
    });
  });

  test("says nothing after a sign-in, nor where there was no round trip", () => {
    for (const place of ["https://app.example.com/", "/?", "/?page=2", "/?error=", "/?status=other&ticket=1", ""]) {
      expect(readSocialReturn(place)).toBeNull();
    }
    expect(readSocialReturn("/?status=registration_incomplete&missing=email")).toBeNull();
  });

  test("is read up to its fragment, which providers add to and pages have their own questions in", () => {
    expect(readSocialReturn("/?status=verification_sent#_=_")).toEqual({ status: "verification_sent" });
    expect(readSocialReturn("/#/page?error=INTERNAL")).toBeNull();
  });
});

describe("an address that somebody has made up", () => {
  test("shows no words of theirs, whatever the reason is called", () => {
    for (const made of ["constructor", "__proto__", "<b>Call 555</b>", "Please%20call%20555", "FROM_TOMORROW"]) {
      const failure = failureIn(readSocialReturn(`/?error=${made}`));
      expect(messageOf(failure, english)).toBe(english.INTERNAL);
    }
  });

  test("asks for nothing that a sign-up with a provider does not need", () => {
    const place = "/?status=registration_incomplete&missing=password,pin,email,constructor&ticket=1";
    expect(readSocialReturn(place)).toMatchObject({ missing: ["email"] });
  });

  test("does no harm if it cannot be decoded", () => {
    expect(readSocialReturn("/?error=%E0%A4%A")).toBeNull();
    expect(readSocialReturn("/?%=%&status=verification_sent")).toEqual({ status: "verification_sent" });
  });
});

function failureIn(back: SocialReturn | null) {
  return back?.status === "failed" ? back.failure : null;
}
