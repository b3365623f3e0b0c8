"use server";

import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { keywright } from "../lib/keywright";
import { createCaller } from "../lib/router";

async function caller() {
  return createCaller(await keywright.actionContext({ headers: await headers(), cookies: await cookies() }));
}

export async function signIn(form: FormData): Promise<void> {
  await (await caller()).auth.login({ email: String(form.get("email")), password: String(form.get("password")) });
  redirect("/");
}

export async function signOut(): Promise<void> {
  await (await caller()).auth.logout({});
  redirect("/");
}
