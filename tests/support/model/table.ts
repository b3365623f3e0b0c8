import type { SessionState } from "@keywright/client";
import { z } from "zod";
import type { Heard, Message } from "./wire.js";

/** What a page shows. */
export interface Shown {
  status: SessionState["status"];
  person: string | null;
  session: string | null;
  firstName: string | null;
  hasError: boolean;
}

const user = z.object({ id: z.string(), firstName: z.string() });
const current = z.object({ user, session: z.object({ id: z.string() }) });
const nobody = { person: null, session: null, firstName: null, hasError: false };
const loading: Shown = { status: "loading", ...nobody };
const signedOut: Shown = { status: "signedOut", ...nobody };

/** The table of docs/decisions/0023: what a client shows, by what it has heard. */
export function createTable(isLooking: () => boolean) {
  const self = { shown: loading, era: 0, question: null as number | null, mustAsk: false };
  const eras = new Map<string, number>();
  const next = () => {
    self.era++;
    self.question = null;
  };
  const become = (shown: Shown) => {
    next();
    self.shown = shown;
  };
  const doubt = () => {
    next();
    self.mustAsk = isLooking();
  };
  const questionHeard = (message: Message, { reason, data }: Heard) => {
    if (self.question !== message.id) return;
    self.question = null;
    self.shown = reason === null ? shownBy(data) : { ...self.shown, hasError: true };
  };
  const userHeard = (data: unknown, mayShow: boolean, isNews: boolean) => {
    const { id, firstName } = user.parse(data);
    if (self.shown.person !== id || !mayShow) return;
    if (isNews) next();
    self.shown = { ...self.shown, firstName, hasError: false };
  };
  const dataHeard = (path: string, data: unknown, isCurrent: boolean) => {
    if (path === "auth.login") become(shownBy(data));
    else if (path === "auth.logout" && isCurrent) become(signedOut);
    else if (path === "auth.logout") doubt();
    else if (path === "user.update") userHeard(data, true, true);
    else if (path === "user.me") userHeard(data, isCurrent, false);
  };
  return {
    shown: () => self.shown,
    era: () => self.era,
    isAsked: () => self.question !== null,
    /** Whether something has happened that a question has to follow. */
    mustAsk: () => self.mustAsk,
    called: (call: string) => void eras.set(call, self.era),
    asked(message: Message) {
      self.question = message.id;
      self.mustAsk = false;
    },
    told: doubt,
    restored() {
      if (self.shown.status === "signedIn") self.shown = loading;
      doubt();
    },
    heard(message: Message, heard: Heard) {
      const { path, reason, data } = heard;
      if (path === "auth.session") return questionHeard(message, heard);
      const isCurrent = eras.get(message.call) === self.era;
      if (reason === null) dataHeard(path, data, isCurrent);
      else if (reason === "NOT_AUTHENTICATED" && self.shown.person) isCurrent ? become(signedOut) : doubt();
      else if (reason === "SESSION_CHANGED") doubt();
      else if (reason === undefined && ["auth.login", "auth.logout"].includes(path)) doubt();
    },
  };
}

function shownBy(data: unknown): Shown {
  if (data === null) return signedOut;
  const { user, session } = current.parse(data);
  return { status: "signedIn", person: user.id, session: session.id, firstName: user.firstName, hasError: false };
}
