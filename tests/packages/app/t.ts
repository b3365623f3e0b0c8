import { errorFormatter, type KeywrightContext, transformer } from "@keywright/api";
import { initTRPC } from "@trpc/server";

export interface Posts {
  titles: string[];
}

export const t = initTRPC
  .context<KeywrightContext & { posts: Posts }>()
  .create({ transformer, errorFormatter, isDev: false });
