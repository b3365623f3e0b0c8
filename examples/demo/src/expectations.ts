import { reasonOf } from "@keywright/client";

/** Why a call was refused; "answered" if it was not. */
export async function reasonFor(call: Promise<unknown>): Promise<string | null> {
  return await call.then(() => "answered", reasonOf);
}

/** Ends the story at the first unexpected result. */
export function expectThat(isSo: boolean, expectation: string): void {
  if (!isSo) throw new Error(`Expected that ${expectation}.`);
}
