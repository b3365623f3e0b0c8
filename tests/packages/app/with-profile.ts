import { profileRouters } from "@keywright/api";
import { z } from "zod";

export const withProfile = profileRouters(
  z.strictObject({ company: z.string().max(100), newsletter: z.boolean().optional() }),
);
