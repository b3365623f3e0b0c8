import { z } from "zod";

const served = z.object({ result: z.object({ data: z.object({ json: z.unknown() }) }) });
const refused = z.object({ error: z.object({ json: z.looseObject({ data: z.record(z.string(), z.unknown()) }) }) });
const issued = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  accessExpiresAt: z.string(),
  refreshExpiresAt: z.string(),
});

/** What a raw answer holds; one that is a refusal is a failure of the test. */
export async function resultIn(response: Response): Promise<unknown> {
  return served.parse(await response.json()).result.data.json;
}

/** The tokens in a raw answer, as they are on the wire. */
export async function tokensIn(response: Response): Promise<z.infer<typeof issued>> {
  return issued.parse(await resultIn(response));
}

/** The refusal in a raw answer, with all that is told of it. */
export async function refusalIn(response: Response) {
  return refused.parse(await response.json()).error.json;
}
