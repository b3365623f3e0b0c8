import { once } from "node:events";
import net from "node:net";

/** A way to a PostgreSQL on which each answer takes longer, as from another town; the address through it. */
export async function layLongWay(url: string, delayMs: number) {
  const { port, hostname } = new URL(url);
  const sockets = new Set<net.Socket>();
  const way = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {}).on("close", () => to.destroy());
    }
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => setTimeout(() => near.write(bytes), delayMs));
  });
  way.listen(0, "127.0.0.1");
  await once(way, "listening");
  const through = new URL(url);
  const address = way.address();
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  through.host = `127.0.0.1:${address.port}`;
  return {
    url: through.href,
    close() {
      way.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
