import { type ClientOf, createKeywrightClient, type KeywrightClientOptions, safe } from "@keywright/client";
import type { AppRouter } from "@keywright/merged-server";

/** The client of the merged app: its own procedures, typed beside Keywright's. */
export type AppClient = ClientOf<AppRouter>;

export function createAppClient(options: KeywrightClientOptions): AppClient {
  return createKeywrightClient<AppRouter>(options);
}

/** Writes a post and reports the result. Every reason is typed, whichever side gives it. */
export async function publish(client: AppClient, title: string): Promise<string> {
  const [post, failure] = await safe(client.posts.create.mutate({ title, publishAt: new Date() }));
  if (post) return `“${post.title}” by ${post.author}, ${post.publishAt.getFullYear()}`;
  switch (failure.data?.reason) {
    case "TOO_MANY_POSTS":
      return `You can have ${failure.data.most} posts at most.`;
    case "NOT_AUTHENTICATED":
      return "Sign in to write.";
    case "VALIDATION":
      return Object.keys(failure.data.fields ?? {}).join(", ");
    case "RATE_LIMITED":
    case "UNAVAILABLE":
      return `Again in ${failure.data.retryAfter ?? "some"} seconds.`;
    case "FORBIDDEN":
    case "NOT_FOUND":
    case "SESSION_CHANGED":
    case "REFUSED_BY_APP":
    case "BATCH_NOT_ALLOWED":
    case "STREAM_NOT_ALLOWED":
    case "INTERNAL":
      return failure.message;
    case undefined:
      return "No answer.";
  }
}
