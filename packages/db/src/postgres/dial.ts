import net from "node:net";
import tls from "node:tls";
import type { Host } from "../address/address.js";
import type { Tls } from "../address/tls.js";
import { connectionFault } from "./pool.js";

export interface Call {
  host: Host;
  encryption: "never" | "if possible" | "always";
  tls: Tls;
  connectMs: number;
  /** Gives the attempt up. */
  signal: AbortSignal;
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** A socket to the server, encrypted as wished; the driver's own has no time limit and cannot check an authority. */
export async function dial(call: Call): Promise<net.Socket> {
  let socket = openSocket(call.host);
  const giveUp = (code: string, message: string) => socket.destroy(connectionFault(code, message));
  const timer = setTimeout(giveUp, call.connectMs, "CONNECT_TIMEOUT", "PostgreSQL did not answer in time");
  const stop = () => giveUp("CONNECTION_DESTROYED", "The connection to PostgreSQL was given up");
  call.signal.addEventListener("abort", stop);
  try {
    await happened(socket, "connect");
    if (!(await isToBeEncrypted(socket, call))) return socket;
    socket = encrypt(socket, call);
    await happened(socket, "secureConnect");
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener("abort", stop);
  }
}

function openSocket({ name, port, socketPath }: Host): net.Socket {
  const socket = socketPath === null ? net.connect(port, name) : net.connect(socketPath);
  // Whoever uses it listens too; between two listeners, and below TLS, an error would crash the process.
  return socket.on("error", () => {});
}

async function isToBeEncrypted(socket: net.Socket, { host, encryption, tls }: Call): Promise<boolean> {
  if (encryption === "never" || host.socketPath !== null) return false;
  if (tls.isDirect) return true;
  socket.write(sslRequest);
  await happened(socket, "readable");
  const answer = String(socket.read());
  if (answer === "S") return true;
  if (answer === "N" && encryption === "if possible") return false;
  if (answer === "N") throw connectionFault("TLS_UNAVAILABLE", "PostgreSQL at this address does not speak TLS");
  // Also more than the one letter: a forger put it there, to be taken for the server's first words under TLS.
  throw connectionFault("CONNECTION_CLOSED", "This is not PostgreSQL, or it refuses connections for now");
}

function encrypt(socket: net.Socket, { host, tls: settings }: Call): net.Socket {
  const { mode, files, passphrase, minVersion, maxVersion, isDirect } = settings;
  const isVerified = mode === "verify-ca" || mode === "verify-full";
  const encrypted = tls.connect({
    socket,
    host: host.name,
    ...(net.isIP(host.name) === 0 && { servername: host.name }),
    rejectUnauthorized: isVerified,
    ...(mode === "verify-ca" && { checkServerIdentity: () => undefined }),
    ...files,
    ...(passphrase !== null && { passphrase }),
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(isDirect && { ALPNProtocols: ["postgresql"] }),
  });
  return encrypted.on("error", () => {});
}

/** Waits for an event; rejects if the socket fails or closes instead. */
function happened(socket: net.Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      socket.off(event, onEvent).off("error", settle).off("close", onClose);
      if (error) reject(error);
      else resolve();
    };
    const onEvent = () => settle();
    const onClose = () => settle(connectionFault("CONNECTION_CLOSED", "PostgreSQL ended the connection"));
    socket.on(event, onEvent).on("error", settle).on("close", onClose);
  });
}
