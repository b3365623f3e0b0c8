/** The error that a call is refused with; fails the test if the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<unknown> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in answer) return answer.error;
  throw new Error(`The call was expected to be refused and answered ${JSON.stringify(answer.value)}.`);
}
