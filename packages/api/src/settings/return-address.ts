import { isLoopback } from "./loopback.js";

/** Schemes that run or show something instead of opening an app. */
const dangerous = /^(?:javascript|vbscript|data|file|blob|about|filesystem|view-source|ws|wss|ftp|intent):/i;

/** Whether an entry of `social.returnTo` is an https origin or an app's `scheme://host`, exact and without a path. */
export function isReturnAddress(text: string, publicUrl: URL): boolean {
  const url = URL.parse(text);
  if (!url || url.host === "" || text.includes("*") || dangerous.test(text)) return false;
  if (url.pathname.length > 1 || url.search + url.hash + url.username + url.password !== "") return false;
  // Expo's development app opens whatever is at such an address.
  return url.protocol === "http:" || url.protocol === "exp:" ? isLoopback(publicUrl) : true;
}
