import superjson from "superjson";
import { z } from "zod";
import { fail } from "./faults.js";
import type { Made, Program } from "./program.js";
import type { Message } from "./wire.js";
import type { World } from "./world.js";

/** With the server, with the keychain, and before the last known user is shown. */
const patienceMs = [30_000, 25_000, 3_000];
const refresh = z.object({ refreshToken: z.string() });

/** It renews its token once for all calls, and has one chain of questions and one of endings. */
export function checkAppAsking(world: World, program: Program): void {
  const renewals = world.wire.of(program.sender).filter(({ paths }) => paths.includes("auth.refreshToken"));
  // Nobody waits for what was under way at a sign-out, and to sign out everywhere takes a token of its own.
  const isLeft = world.made.some(({ name }) => name.startsWith("auth.logout"));
  if (!isLeft && new Set(renewals.map(tokenOf)).size < renewals.length)
    fail(program, "it renews one token twice at once");
  const chains = program.clock.waits().filter((ms) => ms > 0 && !patienceMs.includes(ms));
  if (chains.length > 2) fail(program, `it has ${chains.length} chains of questions and endings`);
}

function tokenOf({ asked }: Message): string {
  return refresh.parse(superjson.parse(asked.body)).refreshToken;
}

/** Before the server can be asked, whoever has not signed out, and whose session goes on. */
export function checkOffline({ made }: World, program: Program): void {
  const { status, session } = program.client.session.get();
  if (status !== "offline" || !session) return;
  const isLeft = made.some(({ name, outcome, shown }) => {
    return name.startsWith("auth.logout") && outcome === "answered" && shown.session?.id === session.id;
  });
  if (isLeft) fail(program, `it shows ${session.id}, which has been signed out`);
}

const data = z.union([z.object({ id: z.string(), firstName: z.string() }), z.object({ author: z.string() })]);

/** Nobody's data are handed to a call that was made for somebody else. */
export function checkAppAnswers({ made }: World): void {
  for (const one of made) if (one.outcome === "answered") checkAnswer(one);
}

function checkAnswer({ shown, program, name, answer }: Made): void {
  if (shown.status === "loading" || (shown.user === null && shown.error !== null)) return;
  for (const part of [answer].flat()) {
    const { success, data: told } = data.safeParse(part);
    const person = success && ("author" in told ? told.author : told.id);
    if (person && person !== shown.user?.id)
      fail(program, `${name} was made as ${shown.user?.id}'s, and was answered for ${person}`);
  }
}

/** A sign-out that was answered, and whose session goes on at the server; of a program that runs, or of any. */
export function unended({ kind, made, programs, server }: World, of: "running" | "any" = "any"): Made | null {
  const isOver = ({ name, outcome }: Made) => name.startsWith("auth.logout") && outcome === "answered";
  const isMeant = ({ program }: Made) => kind === "app" && (of === "any" || programs.includes(program));
  const goesOn = ({ shown }: Made) => server.sessions.find(shown.session?.id) !== null;
  return made.find((one) => isOver(one) && isMeant(one) && goesOn(one)) ?? null;
}
