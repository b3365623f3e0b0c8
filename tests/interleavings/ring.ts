import { connect } from "@keywright/db";
import { z } from "zod";
import { createTestApp, type TestApp, type TestConfig } from "../support/app.js";
import { createTestDatabase } from "../support/database.js";
import { type Answer, knownOf, type Outcome, outcomeOf } from "./outcome.js";
import { createBell, createPlayer, type Player, type Sent } from "./player.js";
import { startProxy } from "./proxy.js";
import { type Board, follow, type Order } from "./schedule.js";
import { readRows, takeSnapshot } from "./snapshot.js";

/** A call at one of the instances. */
export type Play = (app: TestApp) => Promise<Answer>;

export interface Played {
  outcome: Outcome;
  choices: string;
  /** What each of the two sent. */
  sent: [Sent[], Sent[]];
}

export type Ring = Awaited<ReturnType<typeof createRing>>;

/** Before the first turn of housekeeping, which begins after 45 seconds at the earliest. */
const instanceMs = 30_000;

/** A worker that delivers one mail goes on with whatever nobody has tried yet, and with whatever is due. */
const holdsBackMails = `create function hold_back() returns trigger language plpgsql as $$ begin
  new.next_attempt_at := '2100-01-01'; new.last_error := 'held back'; return new; end $$`;

/** Two instances whose statements are held, and a third one that sets the scene. */
export async function createRing(config: TestConfig) {
  const database = await createTestDatabase();
  const bell = createBell();
  const players: [Player, Player] = [createPlayer(bell), createPlayer(bell)];
  const proxies = await Promise.all(players.map(({ watcher }) => startProxy(database.url ?? "", watcher)));
  const observer = await connect(database.url ?? "", { poolSize: 1 });
  const sql = async (text: string): Promise<Record<string, unknown>[]> => {
    const rows: unknown = await observer.db.execute(text);
    return z.array(z.record(z.string(), z.unknown())).parse(rows);
  };
  const waiting = async () => {
    const rows = await sql("select pid from pg_locks where not granted");
    return new Set(rows.map(({ pid }) => Number(pid)));
  };
  const board: Board = { players, bell, waiting };
  const instance = async (index: number): Promise<TestApp> => {
    const url = proxies[index]?.url ?? "";
    const app = await createTestApp(config, { ...database, connect: (options) => connect(url, options) });
    app.keywright.deps.mailQueued = () => {};
    // The worker's first turns.
    await app.deliverMail();
    return app;
  };
  const instances = { apps: [await instance(0), await instance(1)] as const, since: performance.now() };
  const renewed = async (): Promise<readonly [TestApp, TestApp]> => {
    if (performance.now() - instances.since < instanceMs) return instances.apps;
    for (const app of instances.apps) await app.close();
    Object.assign(instances, { apps: [await instance(0), await instance(1)], since: performance.now() });
    return instances.apps;
  };
  await sql(`alter database "${new URL(database.url ?? "").pathname.slice(1)}" set deadlock_timeout = 20`);
  const scene = { restore: async () => {}, known: new Set<string>() };
  return {
    /** Sets the scene with a third instance: what there is then is what every order begins with. */
    async stage<T>(prepare: (director: TestApp) => Promise<T>): Promise<T> {
      const director = { ...(await createTestApp(config, database)), sql };
      const prepared = await prepare(director).finally(() => director.close());
      await sql(holdsBackMails);
      await sql("create trigger held_back before insert on keywright.outbox for each row execute function hold_back()");
      scene.restore = await takeSnapshot(sql);
      scene.known = knownOf(await readRows(sql));
      return prepared;
    },
    /** Plays the calls from the kept scene. A null is not played. `isFrozen`: all of it happens in one moment. */
    async play(plays: readonly [Play | null, Play | null], order: Order, isFrozen = false): Promise<Played> {
      const apps = await renewed();
      await scene.restore();
      const frozenAt = new Date();
      for (const { keywright } of apps) keywright.deps.now = () => (isFrozen ? frozenAt : new Date());
      const act = (index: 0 | 1) => {
        const play = plays[index];
        return play ? players[index].play(() => play(apps[index])) : null;
      };
      const ends = Promise.all([act(0), act(1)]);
      const choices = await follow(board, order);
      const outcome = outcomeOf(scene.known, await ends, await readRows(sql));
      return { outcome, choices, sent: [[...players[0].sent], plays[1] ? [...players[1].sent] : []] };
    },
    async close() {
      for (const app of instances.apps) await app.close();
      await observer.close();
      for (const proxy of proxies) await proxy.close();
      await database.drop();
    },
  };
}
