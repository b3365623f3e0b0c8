import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import postgres from "postgres";
import { portOf, serveParent } from "../program.js";

// The least that can be done for the same answer: the cookie's hash, the same statement as Keywright, JSON.
const sql = postgres(process.argv[2] ?? "", { max: 10 });

const server = createServer((request, response) => {
  void answer(request, response).catch(() => response.writeHead(500).end());
});
server.listen(0, "127.0.0.1", () => serveParent(portOf(server)));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = /keywright-session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
  const [row] = await findSession(createHash("sha256").update(token).digest("hex"));
  if (!row || row.expires_at < new Date()) return void response.writeHead(401).end();
  const body = JSON.stringify({
    id: row.id,
    username: row.username,
    email: row.email,
    emailVerified: row.email_verified_at !== null,
    firstName: row.first_name,
    lastName: row.last_name,
    archived: row.archived_at !== null,
    hasPassword: row.has_password,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
  });
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}

function findSession(tokenHash: string) {
  return sql`
    select s.id as session_id, s.user_id, s.expires_at, s.absolute_expires_at, s.created_at as started_at,
      s.last_seen_at, s.authenticated_at, s.is_remembered, s.ip, s.user_agent, s.device_name,
      u.id, u.username, u.email, u.email_verified_at, u.first_name, u.last_name, u.is_disabled, u.archived_at,
      u.credential_version, u.created_at, u.last_login_at,
      exists (select 1 from keywright.passwords p where p.user_id = u.id) as has_password
    from keywright.sessions s join keywright.users u on u.id = s.user_id
    where s.token_hash = decode(${tokenHash}, 'hex')`;
}
