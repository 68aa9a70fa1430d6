/** Why a sign-in did not work, in words that help. `error` is what next-auth hands back: a code of its own or the hub's sentence. */
export function sayRefusal(error: string | undefined, status: number | undefined): string {
  if (error === "CredentialsSignin") return "That username and password do not belong together.";
  if (error !== undefined && /\s/.test(error)) return `${error.charAt(0).toUpperCase()}${error.slice(1)}${error.endsWith(".") ? "" : "."}`;
  if (status === 429) return "Too many attempts. Wait a little, then try again.";
  return "The hub cannot be reached right now. Try again in a moment.";
}
