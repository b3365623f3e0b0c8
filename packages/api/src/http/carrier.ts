import type { Carrier } from "../context.js";
import { KeywrightError } from "../contract/reasons.js";
import type { Deps } from "../deps.js";
import { hashToken } from "../keys.js";
import { readBearerToken } from "../sessions/bearer-header.js";
import { cookieText, deviceDays, removedCookieText } from "../sessions/cookie-policy.js";
import { readDeviceMarks, withDeviceMark } from "../sessions/device-mark.js";
import type { LiveSession } from "../sessions/sessions.js";
import type { AccessClaims } from "../tokens/token-manager.js";
import type { Visitor } from "../who.js";
import { valuesOf } from "./cookie-header.js";
import { createFlowCookies } from "./flow-cookies.js";
import { originOf } from "./guard.js";
import { type Credentials, openSessions } from "./opened-sessions.js";
import type { Origins } from "./origins.js";
import type { HttpRequest } from "./request.js";

/** Reads the cookie and the `Authorization` header; checks an access token's signature, without a statement. */
export async function readCredentials(deps: Deps, request: HttpRequest): Promise<Credentials> {
  const header = request.header("cookie") ?? "";
  const cookies = valuesOf(header, deps.cookies.session.name);
  // Not decoded: decoded names would let `%5F%5FHost-…`, which a sibling site can set, bypass the `__Host-` rule.
  const token = cookies.length === 1 ? cookies[0] : null;
  const authorization = bearerHeader(request);
  const bearer = authorization === null ? null : readBearerToken(authorization);
  const reading = bearer === null ? null : believedClaims(deps, bearer);
  const failure = await failureOf(reading);
  const claims = failure ? null : await reading;
  return {
    cookie: token ? { tokenHash: hashToken(token) } : null,
    bearer: claims && { id: claims.sessionId, userId: claims.userId },
    carried: claims && cookies.length === 0 ? believable(deps, claims) : null,
    isDoubled: cookies.length > 1,
    isRefused: cookies.length > 1 || (authorization !== null && claims === null),
    disbelieved: claims === null ? bearer : null,
    failure,
  };
}

interface Arrival {
  credentials: Credentials;
  origins: Origins;
  who: Visitor;
}

/** Each part is named: spreading them here took longer than everything else that makes a context. */
export function createCarrier(
  deps: Deps,
  request: HttpRequest,
  { credentials, origins, who, batchSize, isStream }: Pick<Carrier, "batchSize" | "isStream"> & Arrival,
): Carrier {
  const clear = createClear(deps, request, credentials);
  const believed = request.header("keywright-session");
  const { authenticate, recognize, presented } = openSessions(deps, { credentials, who, believed, clear });
  const { deviceMarks, rememberDevice } = createDeviceCarrier(deps, request);
  const { flowCookie, bindFlow, endFlow } = createFlowCookies(deps.cookies, request);
  return {
    batchSize,
    isStream,
    proof: request.header("keywright-proof"),
    isReadOnly: false,
    authenticate,
    recognize,
    presented,
    deliver({ cookie, signIn, account }) {
      if (!cookie) return signIn;
      if (isStream) throw new Error("A session was started on a stream, which cannot carry its cookie.");
      if (credentials.isDoubled) clear();
      request.addCookie(cookieText(deps.cookies.session, cookie.token, cookie.maxAgeSeconds));
      rememberDevice(account);
      return signIn;
    },
    clear() {
      if (credentials.cookie || credentials.isDoubled) clear();
    },
    assertOwnOrigin() {
      if (originOf(request, origins) === "foreign") throw new KeywrightError("FORBIDDEN");
    },
    retryAfter: (seconds) => request.setHeader("retry-after", String(seconds)),
    deviceMarks,
    rememberDevice,
    flowCookie,
    bindFlow,
    endFlow,
  };
}

/**
 * Removes the session cookie, once. Two cookies would keep the browser from signing in and out until one of them has
 * expired, so both go.
 */
function createClear({ cookies }: Deps, request: HttpRequest, { isDoubled }: Credentials): () => void {
  let isCleared = false;
  return () => {
    if (isCleared) return;
    isCleared = true;
    for (const rules of [cookies.session, ...(isDoubled ? cookies.strays : [])]) {
      request.addCookie(removedCookieText(rules));
    }
  };
}

function createDeviceCarrier(deps: Deps, request: HttpRequest): Pick<Carrier, "deviceMarks" | "rememberDevice"> {
  const { cookies, keys, now } = deps;
  const cookie = () => {
    const [marks, another] = valuesOf(request.header("cookie") ?? "", cookies.device.name);
    return marks === undefined || another !== undefined ? "" : marks;
  };
  return {
    deviceMarks: () => readDeviceMarks(cookie(), keys, now()),
    rememberDevice({ id, credentialVersion }) {
      if (request.header("keywright-transport") === "bearer") return;
      const known = withDeviceMark(cookie(), { account: { id, credentialVersion }, at: now() }, keys);
      if (known !== null) request.addCookie(cookieText(cookies.device, known, deviceDays * 86_400));
    },
  };
}

/** Other schemes are somebody else's: browsers send a proxy's `Basic` credentials along with every call. */
function bearerHeader(request: HttpRequest): string | null {
  const header = request.header("authorization");
  return header !== null && /^\s*bearer\b/i.test(header) ? header : null;
}

async function believedClaims(deps: Deps, token: string): Promise<AccessClaims | null> {
  const claims = await deps.tokenManager.verify(deps, token);
  return claims === "expired" ? null : claims;
}

async function failureOf(reading: Promise<unknown> | null): Promise<{ error: unknown } | null> {
  try {
    await reading;
    return null;
  } catch (error) {
    return { error };
  }
}

/** A token can outlive a short session. */
function believable({ settings, now }: Deps, { carried }: AccessClaims): LiveSession | null {
  const isBelieved = settings.tokens.statelessAccess && carried && carried.session.expiresAt > now();
  return isBelieved ? carried : null;
}
