import { authRouter } from "./auth.js";
import { passwordRouter } from "./password.js";
import { registrationRouter } from "./registration.js";
import { userRouter } from "./user.js";

/** Each named by its own type, which keeps the procedures' documentation for clients. */
type AuthRouters = {
  auth: typeof authRouter;
  password: typeof passwordRouter;
  user: typeof userRouter;
  registration: typeof registrationRouter;
};

/** All of Keywright's procedures, as a plain record to spread into your own router. */
export const authRouters: AuthRouters = {
  auth: authRouter,
  password: passwordRouter,
  user: userRouter,
  registration: registrationRouter,
};
