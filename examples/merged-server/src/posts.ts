import { TRPCError } from "@trpc/server";

export interface Post {
  author: string;
  title: string;
  publishAt: Date;
}

/** In your own app, tables. */
export interface Posts {
  all(): Post[];
  of(author: string): Post[];
  add(post: Post): Post;
}

export function createPosts(): Posts {
  const posts: Post[] = [];
  return {
    all: () => posts.toReversed(),
    of: (author) => posts.filter((post) => post.author === author),
    add(post) {
      posts.push(post);
      return post;
    },
  };
}

/** A refusal of the app's own. A `TRPCError` is one; other errors become `INTERNAL` and are logged. */
export function tooManyPosts(): TRPCError {
  return new TRPCError({ code: "CONFLICT", message: "You have three posts already." });
}

/** In the same shape as Keywright's refusals: clients switch on one `reason`. */
export function refusedAsFull({ error }: { error: TRPCError }) {
  if (error.code !== "CONFLICT") return undefined;
  return { message: error.message, code: -32_009, data: { reason: "TOO_MANY_POSTS", most: 3 } } as const;
}
