import type { AuthRouters } from "../contract/procedures.js";
import { leanly } from "../trpc/written-output.js";
import { authRouter } from "./auth.js";
import { passwordRouter } from "./password.js";
import { registrationRouter } from "./registration.js";
import { socialRouter } from "./social.js";
import { userRouter } from "./user.js";

/** All Keywright procedures, as a plain record to spread into your own router. */
export const authRouters: AuthRouters = leanly({
  auth: authRouter,
  password: passwordRouter,
  user: userRouter,
  registration: registrationRouter,
  social: socialRouter,
});
