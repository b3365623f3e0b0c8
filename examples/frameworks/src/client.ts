import { createKeywrightClient } from "@keywright/client";

export const client = createKeywrightClient({ url: "/trpc" });
