import { memoryTokens } from "@keywright/client";
import { createAppClient, publish } from "./client.js";

// A script has no cookies: it stores the refresh token itself.
const client = createAppClient({ url: process.argv[2] ?? "http://localhost:3001", tokens: memoryTokens() });

console.log(await publish(client, "Too early"));
await client.registration.register.mutate({ username: "ada", email: "ada@example.com", password: "correct horse" });
for (const title of ["", "One", "Two", "Three", "Four"]) console.log(await publish(client, title));
const [session, posts] = await Promise.all([client.auth.session.query(), client.posts.list.query()]);
console.log(`${session?.user.email} reads ${posts.map((post) => post.title).join(", ")}`);
