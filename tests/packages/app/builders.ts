import {
  credentialProcedure,
  currentProcedure,
  freshProcedure,
  publicProcedure,
  refusedWith,
  userProcedure,
  verifiedProcedure,
} from "@keywright/api";
import { t } from "./t.js";

export const openProcedure = t.procedure.concat(publicProcedure);
export const protectedProcedure = t.procedure.concat(userProcedure);
export const liveProcedure = t.procedure.concat(currentProcedure);
export const steppedUpProcedure = t.procedure.concat(freshProcedure);
export const provenProcedure = t.procedure.concat(verifiedProcedure);
export const signInProcedure = t.procedure.concat(credentialProcedure("signInsPerIp"));
export const mailProcedure = credentialProcedure("mailsPerIp");
export const takenFormatter = refusedWith("EMAIL_TAKEN", "USERNAME_TAKEN");
export const takingProcedure = protectedProcedure.errors(takenFormatter);
