import { createHmac } from "node:crypto";

/** What is signed. The parameters are those of the query and of a form. */
export interface OAuth1Request {
  method: string;
  /** Without a query. */
  url: string;
  parameters: Record<string, string>;
}

export interface OAuth1Keys {
  consumerKey: string;
  consumerSecret: string;
  token: string;
  tokenSecret: string;
}

/** The header `authorization` of a request that is signed with HMAC-SHA1 (RFC 5849, 3.4 and 3.5.1). */
export function oauth1Header(
  request: OAuth1Request,
  { consumerKey, consumerSecret, token, tokenSecret }: OAuth1Keys,
  { nonce, seconds }: { nonce: string; seconds: number },
): string {
  const own = {
    oauth_consumer_key: consumerKey,
    oauth_nonce: nonce,
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(seconds),
    oauth_token: token,
    oauth_version: "1.0",
  };
  const base = [request.method, request.url, joined({ ...request.parameters, ...own })].map(encode).join("&");
  const key = `${encode(consumerSecret)}&${encode(tokenSecret)}`;
  const signed = { ...own, oauth_signature: createHmac("sha1", key).update(base).digest("base64") };
  return `OAuth ${pairs(signed)
    .map(([name, value]) => `${name}="${value}"`)
    .join(", ")}`;
}

function joined(parameters: Record<string, string>): string {
  return pairs(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Encoded, and then in the order of their bytes. */
function pairs(parameters: Record<string, string>): [name: string, value: string][] {
  return Object.entries(parameters)
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** RFC 3986: more than `encodeURIComponent` does. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
