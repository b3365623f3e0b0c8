import { z } from "zod";

const served = z.object({ result: z.object({ data: z.object({ json: z.unknown() }) }) });
const refused = z.object({ error: z.object({ json: z.looseObject({ data: z.record(z.string(), z.unknown()) }) }) });
const issued = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  accessExpiresAt: z.string(),
  refreshExpiresAt: z.string(),
});

/** The result in a raw answer; fails the test if it is a refusal. */
export async function resultIn(response: Response): Promise<unknown> {
  return served.parse(await response.json()).result.data.json;
}

/** The tokens in a raw answer, as they appear on the wire. */
export async function tokensIn(response: Response): Promise<z.infer<typeof issued>> {
  return issued.parse(await resultIn(response));
}

/** The refusal in a raw answer, with everything it says. */
export async function refusalIn(response: Response) {
  return refused.parse(await response.json()).error.json;
}
