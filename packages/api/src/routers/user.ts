import type { UserProcedures } from "../contract.js";
import {
  emailTokenInput,
  ownPasswordInput,
  requestEmailChangeInput,
  updateInput,
  userEventsInput,
} from "../inputs/user.js";
import { deletionOutcome, nothing, user, userEvents } from "../outputs.js";
import { archiveAccount } from "../services/archive.js";
import { deleteAccount } from "../services/delete-account.js";
import { confirmEmailChange, requestEmailChange, undoEmailChange } from "../services/email-change.js";
import { ownEvents } from "../services/user-events.js";
import { updateUser } from "../services/user-update.js";
import {
  countMail,
  countOwnPasswordTry,
  credentialProcedure,
  currentProcedure,
  ownCredentialProcedure,
  ownPasswordProcedure,
  provedProcedure,
  refusedWith,
} from "../trpc.js";
import { toUser } from "../views.js";

export const userRouter: UserProcedures = {
  /** The caller's own account. */
  me: currentProcedure.output(user).query(({ ctx }) => ctx.user),

  /** Changes the given fields of the caller's account. Which fields can be changed is a setting. */
  update: provedProcedure
    .errors(refusedWith("USERNAME_TAKEN"))
    .input(updateInput)
    .output(user)
    .mutation(async ({ ctx, input }) => toUser(await updateUser(ctx.auth.deps, ctx.auth.who, input))),

  /** What happened to the caller's account, the newest first, page by page. */
  events: currentProcedure
    .input(userEventsInput)
    .output(userEvents)
    .query(({ ctx, input }) => ownEvents(ctx.auth.deps, ctx.auth.who, input)),

  /** Mails a link to the new address; the address changes when it is followed. The answer never tells who has it. */
  requestEmailChange: ownCredentialProcedure
    .errors(refusedWith("WRONG_PASSWORD"))
    .input(requestEmailChangeInput)
    .use(({ ctx, next }) => countOwnPasswordTry(ctx.auth, ctx.auth.who, next))
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await countMail(ctx.auth, "change", input.email);
      return await requestEmailChange(ctx.auth.deps, ctx.auth.who, input);
    }),

  /** Gives the account the new address with the mailed link. Other sessions end; the old mailbox gets a link to undo it. */
  confirmEmailChange: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED", "EMAIL_TAKEN"))
    .input(emailTokenInput)
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const live = await ctx.auth.carrier.authenticate();
      return await confirmEmailChange(ctx.auth.deps, { ...ctx.auth.who, ...live }, input);
    }),

  /** Gives the account its old address back, with the link that the old mailbox got. Every session ends. */
  undoEmailChange: credentialProcedure("tokenCallsPerIp")
    .errors(refusedWith("TOKEN_INVALID", "TOKEN_EXPIRED", "EMAIL_TAKEN"))
    .input(emailTokenInput)
    .output(nothing)
    .mutation(({ ctx, input }) => undoEmailChange(ctx.auth.deps, ctx.auth.who, input)),

  /** Puts the account to rest: every session ends, and the next login brings it back. */
  archive: ownPasswordProcedure
    .input(ownPasswordInput)
    .use(({ ctx, next }) => countOwnPasswordTry(ctx.auth, ctx.auth.who, next))
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      const done = await archiveAccount(ctx.auth.deps, ctx.auth.who, input);
      ctx.auth.carrier.clear();
      return done;
    }),

  /** Removes the account with all that belongs to it, or by a setting disables it. */
  delete: ownPasswordProcedure
    .input(ownPasswordInput)
    .use(({ ctx, next }) => countOwnPasswordTry(ctx.auth, ctx.auth.who, next))
    .output(deletionOutcome)
    .mutation(async ({ ctx, input }) => {
      const done = await deleteAccount(ctx.auth.deps, ctx.auth.who, input);
      ctx.auth.carrier.clear();
      return done;
    }),
};
