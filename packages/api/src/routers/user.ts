import type { UserProcedures } from "../contract/procedures.js";
import { noInput } from "../inputs/auth.js";
import {
  emailTokenInput,
  ownPasswordInput,
  requestEmailChangeInput,
  updateInput,
  userEventsInput,
} from "../inputs/user.js";
import { deletionOutcome, nothing, user, userEvents, userExport } from "../outputs.js";
import { archiveAccount } from "../services/user/archive.js";
import { deleteAccount } from "../services/user/delete-account.js";
import { confirmEmailChange, requestEmailChange, undoEmailChange } from "../services/user/email-change.js";
import { ownEvents } from "../services/user/user-events.js";
import { exportUser } from "../services/user/user-export.js";
import { updateUser } from "../services/user/user-update.js";
import { toUser } from "../services/views.js";
import { credentialProcedure, currentProcedure } from "../trpc/builders.js";
import { refusedWith } from "../trpc/error-shapes.js";
import { countOwnGuess } from "../trpc/own-guesses.js";
import {
  changeProcedure,
  freshCredentialProcedure,
  ownPasswordProcedure,
  promptProcedure,
} from "../trpc/own-procedures.js";

export const userRouter: UserProcedures = {
  me: currentProcedure.output(user).query(({ ctx }) => ctx.user),

  update: changeProcedure
    .errors(refusedWith("USERNAME_TAKEN"))
    .input(updateInput)
    .output(user)
    .mutation(async ({ ctx, input }) => toUser(await updateUser(ctx.auth.deps, ctx.auth.who, input))),

  events: currentProcedure
    .input(userEventsInput)
    .output(userEvents)
    .query(({ ctx, input }) => ownEvents(ctx.auth.deps, ctx.auth.who, input)),

  export: freshCredentialProcedure
    .input(noInput)
    .output(userExport)
    .mutation(({ ctx }) => exportUser(ctx.auth.deps, ctx.auth.who)),

  requestEmailChange: promptProcedure
    .errors(refusedWith("WRONG_PASSWORD", "REAUTHENTICATION_REQUIRED"))
    .input(requestEmailChangeInput)
    .use(({ ctx, input, next }) => {
      return countOwnGuess(ctx.auth, input, { limit: "mailsPerIp", next: (input) => next({ input }) });
    })
    .output(nothing)
    .mutation(({ ctx, input }) => requestEmailChange(ctx.auth.deps, ctx.auth.who, input)),

  confirmEmailChange: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED", "EMAIL_TAKEN"))
    .input(emailTokenInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const live = await ctx.auth.carrier.authenticate();
      return await confirmEmailChange(ctx.auth.deps, { ...ctx.auth.who, ...live }, input);
    }),

  undoEmailChange: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED", "EMAIL_TAKEN"))
    .input(emailTokenInput)
    .output(nothing)
    .mutation(({ ctx, input }) => undoEmailChange(ctx.auth.deps, ctx.auth.who, input)),

  archive: ownPasswordProcedure
    .errors(refusedWith("REAUTHENTICATION_REQUIRED"))
    .input(ownPasswordInput)
    .use(({ ctx, input, next }) => {
      return countOwnGuess(ctx.auth, input, { limit: "changes", next: (input) => next({ input }) });
    })
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const done = await archiveAccount(ctx.auth.deps, ctx.auth.who, input);
      ctx.auth.carrier.clear();
      return done;
    }),

  delete: ownPasswordProcedure
    .errors(refusedWith("REAUTHENTICATION_REQUIRED", "ACCOUNT_IN_USE"))
    .input(ownPasswordInput)
    .use(({ ctx, input, next }) => {
      return countOwnGuess(ctx.auth, input, { limit: "changes", next: (input) => next({ input }) });
    })
    .output(deletionOutcome)
    .mutation(async ({ ctx, input }) => {
      const done = await deleteAccount(ctx.auth.deps, ctx.auth.who, input);
      ctx.auth.carrier.clear();
      return done;
    }),
};
