import { safe } from "@keywright/client";
import { useCallback, useState } from "react";

/** A call made by a form, a button or a list: whether it is pending, and its result. */
export function useCall<Input, T>(call: (input: Input) => Promise<T>) {
  const [calling, setCalling] = useState<{ isPending: boolean; answer?: T; error?: unknown }>({ isPending: false });
  const run = useCallback(
    async (input: Input): Promise<T | undefined> => {
      setCalling(({ answer }) => ({ isPending: true, ...(answer && { answer }) }));
      const [answer, error] = await safe(call(input));
      setCalling(error ? { isPending: false, error } : { isPending: false, answer });
      return answer;
    },
    [call],
  );
  return { ...calling, run };
}
