import { toNodeListener } from "@keywright/api";
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from "@trpc/server/adapters/fastify";
import fastify from "fastify";
import { type AppRouter, appRouter, port, startKeywright } from "./app.js";

const keywright = await startKeywright();
// The default of 100 characters is too short for the path of a batch.
const app = fastify({ routerOptions: { maxParamLength: 5_000 } });

app.register(fastifyTRPCPlugin, {
  prefix: "/trpc",
  trpcOptions: { router: appRouter, createContext: keywright.createContext },
} satisfies FastifyTRPCPluginOptions<AppRouter>);

const callback = toNodeListener(keywright.oauthCallback);
// Some providers send the browser back with a form, which the callback reads itself.
app.addContentTypeParser("application/x-www-form-urlencoded", (_request, _payload, done) => done(null));
app.all("/oauth/:provider/callback", async (request, reply) => {
  reply.hijack();
  await callback(request.raw, reply.raw);
});

await app.listen({ port, host: "127.0.0.1" });
console.log(`ready at http://localhost:${port}`);
process.once("SIGTERM", () => void app.close().then(() => keywright.close()));
