import { parseArgs } from "node:util";
import { playSecondAct } from "./second-act.js";
import { startServer } from "./server.js";
import { playSocialAct } from "./social-act.js";
import { playFirstAct } from "./story.js";

const help = `Plays the life of an account against a Keywright server, with the typed client over HTTP.

  npm run demo                                    starts a server of its own on a scratch database
  npm run demo -- --social                        signs in with a provider instead: the server's own, for development
  npm run demo -- --url http://localhost:3000     uses a running one (in development mode, for its mailbox)
`;

process.exitCode = await run();

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: { url: { type: "string" }, social: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (!values.url) say("a scratch server starts", "the first time takes a few seconds");
  const server = values.url ? { url: values.url, stop: async () => {} } : await startServer();
  say("the server", server.url);
  try {
    if (values.social) await playSocialAct(server.url, say);
    else await playSecondAct(server.url, say, await playFirstAct(server.url, say));
    say("the end", "everything went as it should");
    return 0;
  } catch (error) {
    say("unexpected", error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await server.stop();
  }
}

function say(step: string, outcome: string): void {
  process.stdout.write(`${step.padEnd(44)} ${outcome}\n`);
}
