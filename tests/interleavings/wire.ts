/** A message of PostgreSQL's protocol (version 3). */
export interface Message {
  /** Its letter; empty for the first one of a client, which has none. */
  type: string;
  body: Buffer;
  raw: Buffer;
}

/** Cuts a stream into messages. A client's begins with one that has no letter. */
export function createSplitter(from: "client" | "server"): (chunk: Buffer) => Message[] {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = from === "client";
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    for (;;) {
      const letters = isFirst ? 0 : 1;
      if (rest.length < letters + 4) return messages;
      const length = letters + rest.readInt32BE(letters);
      if (rest.length < length) return messages;
      const raw = rest.subarray(0, length);
      messages.push({ type: raw.toString("latin1", 0, letters), body: raw.subarray(letters + 4), raw });
      rest = rest.subarray(length);
      isFirst = false;
    }
  };
}

/** The strings at the beginning of a message, each of which ends with a zero. */
export function stringsOf({ body }: Message, count: number): string[] {
  return body.toString("utf8").split("\0", count);
}

/** The SQLSTATE of an `ErrorResponse`. */
export function codeOf({ body }: Message): string {
  const field = body
    .toString("utf8")
    .split("\0")
    .find((text) => text.startsWith("C"));
  return field?.slice(1) ?? "";
}
