import { oazapfts } from "oazapfts";
import openapiTs, { astToString } from "openapi-typescript";

/**
 * What two generators make of a server's document, each with a program that knows nothing of Keywright except what was
 * generated. `signIn` reports what it got.
 */
export async function generatedPrograms(documentUrl: string): Promise<{ fetchClient: string; functions: string }> {
  const types = astToString(await openapiTs(new URL(documentUrl)));
  const functions = await oazapfts(documentUrl);
  return { fetchClient: `${types}\n${fetchProgram}`, functions: `${functions}\n${functionsProgram}` };
}

const fetchProgram = `
import createClient from "openapi-fetch";

type Body = paths["/trpc/auth.login"]["post"]["requestBody"]["content"]["application/json"];

export async function signIn(baseUrl: string, email: string, password: string): Promise<string> {
  const client = createClient<paths>({ baseUrl });
  const { data, error } = await client.POST("/trpc/auth.login", {
    params: { header: { "keywright-transport": "bearer" } },
    body: { json: { email, password } },
  });
  if (error) {
    switch (error.error.json.data.reason) {
      case "INVALID_CREDENTIALS":
        return "wrong address or password";
      // @ts-expect-error: a sign-in is not refused for this
      case "EMAIL_TAKEN":
      case "RATE_LIMITED":
        return "later";
      default:
        return error.error.json.message;
    }
  }
  const { status, tokens } = data.result.data.json;
  const headers = { authorization: \`Bearer \${tokens?.accessToken}\` };
  // @ts-expect-error: the password is missing
  ({ json: { email } }) satisfies Body;
  const query = { input: JSON.stringify({ json: { limit: 1 } }) };
  const events = await client.GET("/trpc/user.events", { params: { query }, headers });
  return \`\${status}, \${events.data?.result.data.json.events[0]?.kind}\`;
}
`;

const functionsProgram = `
export async function signIn(baseUrl: string, email: string, password: string): Promise<string> {
  const answer = await authLogin({ json: { email, password } }, { keywrightTransport: "bearer" }, { baseUrl });
  if (answer.status === 401) {
    const reason: "INVALID_CREDENTIALS" = answer.data.error.json.data.reason;
    // @ts-expect-error: a sign-in is not refused for this
    if (reason === "EMAIL_TAKEN") return reason;
    return "wrong address or password";
  }
  if (answer.status !== 200) return answer.data.error.json.message;
  const { status, tokens } = answer.data.result.data.json;
  const headers = { authorization: \`Bearer \${tokens?.accessToken}\` };
  // @ts-expect-error: the limit is a number
  ({ limit: "1" }) satisfies UserEventsInput;
  const events = await userEvents({ input: { json: { limit: 1 } } }, { baseUrl, headers });
  if (events.status !== 200) return events.data.error.json.message;
  return \`\${status}, \${events.data.result.data.json.events[0]?.kind}\`;
}
`;
