/** One connection, held by one user or shared by single statements. Once lost, it is never used again. */
export interface Lease<Client> {
  client: Client;
  isLost: boolean;
  /** How many single statements are in flight on it; 0 while it is idle or held by one user. */
  sharers: number;
  /** Drops the connection: it broke, or it does not answer. */
  discard(): void;
  /** Drops it, and all others as soon as they are free: what they lead to has changed. */
  retire(): void;
}

export interface Pool<Client> {
  /** Lends the work a connection of its own; rejects with ETIMEDOUT if none becomes free in time. */
  use<Result>(work: (lease: Lease<Client>) => Promise<Result>): Promise<Result>;
  /**
   * The same for a single statement, which shares a connection where it may when all are busy: statements are
   * pipelined.
   */
  share<Result>(work: (lease: Lease<Client>) => Promise<Result>, may: (client: Client) => boolean): Promise<Result>;
  /** Drops all connections as soon as they are free, once a second at most. */
  renew(): void;
  close(): Promise<void>;
}

interface Closable {
  end(options: { timeout: number }): Promise<void>;
}

export interface PoolOptions<Client> {
  size: number;
  waitMs: number;
  /** Makes a client with one connection that calls back when it has closed. */
  open(onClose: () => void): Client;
}

interface State<Client> {
  options: PoolOptions<Client>;
  all: Set<Lease<Client>>;
  idle: Lease<Client>[];
  waiting: ((lease: Lease<Client>) => void)[];
  /** Those that are dropped when they are given back. */
  stale: Set<Lease<Client>>;
  renewedAt: number;
}

/**
 * A pool that throws a broken connection away. The one in postgres.js reconnects the same object instead: it may then
 * never answer again, crash the process with an error that cannot be caught, or run the rest of a transaction outside
 * of it (porsager/postgres#1208, #1154, #1155).
 */
export function createPool<Client extends Closable>(options: PoolOptions<Client>): Pool<Client> {
  const state: State<Client> = {
    options,
    all: new Set(),
    idle: [],
    waiting: [],
    stale: new Set(),
    renewedAt: -RENEW_MS,
  };
  let isClosed = false;
  const assertOpen = () => {
    if (isClosed) throw connectionFault("CONNECTION_ENDED", "The connections to PostgreSQL have been closed");
  };
  return {
    async use(work) {
      assertOpen();
      const lease = await take(state);
      return work(lease).finally(() => giveBack(state, lease));
    },
    async share(work, may) {
      assertOpen();
      const lease = await takeShared(state, may);
      return work(lease).finally(() => {
        if (--lease.sharers === 0) giveBack(state, lease);
      });
    },
    renew: () => renew(state),
    async close() {
      isClosed = true;
      await Promise.all([...state.all].map(({ client }) => client.end({ timeout: 5 })));
    },
  };
}

/** An error with a code, like the driver's own. */
export function connectionFault(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

async function take<Client extends Closable>(state: State<Client>): Promise<Lease<Client>> {
  // The most recently used one, so that connections not needed in quiet hours time out.
  return state.idle.pop() ?? (hasRoom(state) ? add(state) : nextFree(state));
}

/** Work that needs a connection to itself goes first: under load, shared ones would never become free. */
async function takeShared<Client extends Closable>(
  state: State<Client>,
  may: (client: Client) => boolean,
): Promise<Lease<Client>> {
  const isFree = state.idle.length > 0 || hasRoom(state) || state.waiting.length > 0;
  const lease = (isFree ? null : leastShared(state, may)) ?? (await take(state));
  // Counted synchronously: the last other statement may end right now, and would release the connection as unused.
  lease.sharers++;
  return lease;
}

function leastShared<Client>({ all }: State<Client>, may: (client: Client) => boolean): Lease<Client> | null {
  const shared = [...all].filter(({ sharers, client }) => sharers > 0 && may(client));
  return shared.reduce<Lease<Client> | null>((least, lease) => {
    return least === null || lease.sharers < least.sharers ? lease : least;
  }, null);
}

function hasRoom<Client>({ all, options }: State<Client>): boolean {
  return all.size < options.size;
}

function add<Client extends Closable>(state: State<Client>): Lease<Client> {
  const client = state.options.open(() => lose(state, lease));
  const discard = () => {
    lose(state, lease);
    void client.end({ timeout: 0 });
  };
  const retire = () => {
    discard();
    renew(state);
  };
  const lease = { client, isLost: false, sharers: 0, discard, retire };
  state.all.add(lease);
  return lease;
}

/** While the server refuses to write, each call would otherwise cost all connections. */
const RENEW_MS = 1_000;

function renew<Client>(state: State<Client>): void {
  if (performance.now() - state.renewedAt < RENEW_MS) return;
  state.renewedAt = performance.now();
  for (const lease of state.all) state.stale.add(lease);
  for (const lease of [...state.idle]) lease.discard();
}

function lose<Client>({ all, idle, stale }: State<Client>, lease: Lease<Client>): void {
  lease.isLost = true;
  all.delete(lease);
  stale.delete(lease);
  const place = idle.indexOf(lease);
  if (place >= 0) idle.splice(place, 1);
}

function nextFree<Client>({ waiting, options }: State<Client>): Promise<Lease<Client>> {
  return new Promise((resolve, reject) => {
    const claim = (lease: Lease<Client>) => {
      clearTimeout(timer);
      resolve(lease);
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(claim), 1);
      reject(connectionFault("ETIMEDOUT", "All connections to PostgreSQL are in use"));
    }, options.waitMs);
    waiting.push(claim);
  });
}

function giveBack<Client extends Closable>(state: State<Client>, lease: Lease<Client>): void {
  if (state.stale.has(lease)) lease.discard();
  const isFit = !lease.isLost;
  const next = isFit || hasRoom(state) ? state.waiting.shift() : undefined;
  if (next) next(isFit ? lease : add(state));
  else if (isFit) state.idle.push(lease);
}
