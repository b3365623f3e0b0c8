import { secretPurposes } from "../contract/lists.js";
import { loggableError, withheld } from "../log.js";
import { addressBelow } from "../settings/addresses.js";

/** The front-end pages that mails link to: one for each purpose of a one-time secret, and the start page. */
export const linkPages = [...secretPurposes, "home"] as const;
export type LinkPage = (typeof linkPages)[number];

/** What a mailed link must open. */
export interface LinkToBuild {
  page: LinkPage;
  /** Null for `home`. */
  token: string | null;
  /** The front end's address. */
  appUrl: URL;
}

/** The app's own links, such as a phone app's `myapp://reset?token=…`. They must contain the token. */
export type BuildLink = (link: LinkToBuild) => string;

const defaultPaths: Record<LinkPage, string> = {
  verify_email: "/verify-email",
  reset_password: "/reset-password",
  set_password: "/set-password",
  change_email: "/confirm-email",
  undo_email_change: "/undo-email-change",
  home: "/",
};

/** A link to the configured front end only: the `Host` of a request never gets into a mail. */
export function buildLink(paths: Partial<Record<LinkPage, string>>, { page, token, appUrl }: LinkToBuild): string {
  const url = addressBelow(appUrl, paths[page] ?? defaultPaths[page]);
  if (token !== null) url.searchParams.set("token", token);
  return url.href;
}

/**
 * The link that the app builds. Throws an `Error` that names the page, but quotes nothing of the link, if the app's
 * function throws or its result lacks the token: such a mail would be useless.
 */
export function buildLinkByApp(own: BuildLink, link: LinkToBuild): string {
  const address = callApp(own, link);
  const isUsable = typeof address === "string" && address !== "" && address.includes(link.token ?? "");
  if (!isUsable) throw loggableError(`The app's link builder returned an unusable link for ${link.page}.`);
  return address;
}

function callApp(own: BuildLink, link: LinkToBuild): unknown {
  try {
    const address: unknown = own(link);
    // One that is asynchronous by mistake is refused, and its rejection would end the process.
    Promise.resolve(address).catch(() => {});
    return address;
  } catch (thrown) {
    // Its message may quote the token, and what is thrown here is logged and stored.
    throw withheld(thrown, `The app's link builder threw for ${link.page}`);
  }
}
