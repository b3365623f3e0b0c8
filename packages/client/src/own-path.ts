/** The path of a call as ours would have it: an app may have mounted our groups below one of its own. */
export function ownPath({ path }: { path: string }): string {
  return path.split(".").slice(-2).join(".");
}
