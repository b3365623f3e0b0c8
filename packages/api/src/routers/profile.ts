import type { TRPCMutationProcedure, TRPCQueryProcedure } from "@trpc/server";
import type { RegisterInput, UpdateInput } from "../contract/input-types.js";
import type { RegistrationProcedures, UserProcedures } from "../contract/procedures.js";
import type { User } from "../contract/types.js";
import { boundedInput, type ProfileSchema, parseProfileFields } from "../inputs/profile-fields.js";
import { registerInput } from "../inputs/registration.js";
import { updateInput } from "../inputs/user.js";
import { registered } from "../outputs.js";
import { updateUser } from "../services/user/user-update.js";
import { toUser } from "../services/views.js";
import { credentialProcedure, currentProcedure } from "../trpc/builders.js";
import { refusedWith } from "../trpc/error-shapes.js";
import { inOneStep } from "../trpc/one-step.js";
import { changeProcedure } from "../trpc/own-procedures.js";
import { authRouters } from "./index.js";
import { answerRegistration } from "./registration.js";

/** An account with the fields that an app declared. Fields without a valid value are missing. */
export interface ProfileUser<P extends Record<string, unknown>> extends User {
  profile: Partial<P>;
}

/** `user` and `registration` for an app that declares its own fields. */
export interface ProfileRouters<P extends Record<string, unknown>> {
  user: Omit<UserProcedures, "me" | "update"> & {
    me: TRPCQueryProcedure<Changed<UserProcedures["me"], { output: ProfileUser<P> }>>;
    update: TRPCMutationProcedure<
      Changed<UserProcedures["update"], { input: ProfileUpdate<P>; output: ProfileUser<P> }>
    >;
  };
  registration: Omit<RegistrationProcedures, "register"> & {
    register: TRPCMutationProcedure<
      Changed<RegistrationProcedures["register"], { input: RegisterInput & { profile: P } }>
    >;
  };
}

/** An update with some of an app's own fields. */
export interface ProfileUpdate<P extends Record<string, unknown>> extends UpdateInput {
  profile?: Partial<P> | undefined;
}

interface BuiltIn {
  _def: { $types: object };
}

/** A built-in procedure with a different input or answer, but the same reasons. */
type Changed<Procedure extends BuiltIn, Io extends object> = Omit<Procedure["_def"]["$types"], keyof Io> &
  Io & { meta: object };

/**
 * Keywright's routers with an app's own fields, declared once: validated, stored with the account, and typed on the
 * client. Spread them after `mountAuth(t)`:
 * `t.router({ ...mountAuth(t), ...profileRouters(z.strictObject({ company: z.string().max(100) })) })`.
 */
export function profileRouters<P extends Record<string, unknown>>(schema: ProfileSchema<P>): ProfileRouters<P> {
  const fields = parseProfileFields(schema);
  const toProfileUser = async (row: Parameters<typeof toUser>[0]): Promise<ProfileUser<P>> => {
    return { ...toUser(row), profile: await fields.read(row.profile) };
  };
  return {
    user: {
      ...authRouters.user,
      me: inOneStep(currentProcedure.query(({ ctx }) => toProfileUser(ctx.auth.who.user))),
      update: changeProcedure
        .errors(refusedWith("USERNAME_TAKEN"))
        .input(boundedInput(updateInput.extend({ profile: fields.some.optional() })))
        .mutation(async ({ ctx, input }) => toProfileUser(await updateUser(ctx.auth.deps, ctx.auth.who, input))),
    },
    registration: {
      ...authRouters.registration,
      register: credentialProcedure("registrationsPerIp")
        .errors(refusedWith("REGISTRATION_CLOSED", "EMAIL_TAKEN", "USERNAME_TAKEN"))
        .input(boundedInput(registerInput.extend({ profile: fields.whole })))
        .output(registered)
        .mutation(({ ctx, input }) => answerRegistration(ctx.auth, input)),
    },
  };
}
