import { type Adapter, Lucia } from "lucia";

let reader: Lucia | undefined;

/** The token of an `Authorization` header. The scheme's name is case-insensitive (RFC 9110, 11.1); Lucia knows one spelling. */
export function readBearerToken(header: string): string | null {
  reader ??= new Lucia(noAdapter);
  return reader.readBearerToken(header.replace(/^\s*bearer /i, "Bearer "));
}

const noAdapter: Adapter = {
  getSessionAndUser: async () => [null, null],
  getUserSessions: async () => [],
  setSession: async () => {},
  updateSessionExpiration: async () => {},
  deleteSession: async () => {},
  deleteUserSessions: async () => {},
  deleteExpiredSessions: async () => {},
};
