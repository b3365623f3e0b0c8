import { user } from "../outputs.js";
import { userProcedure } from "../trpc.js";

export const userRouter = {
  /** The caller's own account. */
  me: userProcedure.output(user).query(({ ctx }) => ctx.user),
};
