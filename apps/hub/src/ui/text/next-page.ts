/** Where to go after signing in: back to the page that asked for it, never to another site. */

export const SIGN_IN_PATH = "/login";

/** A path of this site, or "/" for anything else that a link may have put there. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith("/") || next.startsWith("//") || next.includes("\\")) return "/";
  try {
    const base = "http://fairlead.invalid";
    const url = new URL(next, base);
    const path = `${url.pathname}${url.search}${url.hash}`;
    return url.origin !== base || url.pathname === SIGN_IN_PATH || path.startsWith("//") ? "/" : path;
  } catch {
    return "/";
  }
}

/** The sign-in page that leads back here. */
export function signInAddress(path: string): string {
  const next = safeNext(path);
  return next === "/" ? SIGN_IN_PATH : `${SIGN_IN_PATH}?next=${encodeURIComponent(next)}`;
}

let isLeaving = false;

/**
 * Leaves for the sign-in page, once however many notice that the login has ended: a second departure would break off the first. A whole
 * page load, so nothing of the ended login stays in memory. `path`: where to come back to.
 */
export function goToSignIn(path = window.location.pathname + window.location.search): void {
  if (isLeaving || window.location.pathname === SIGN_IN_PATH) return;
  isLeaving = true;
  // A page that the browser brings back may leave again.
  const comeBack = () => {
    isLeaving = false;
  };
  window.addEventListener("pagehide", comeBack, { once: true });
  window.location.replace(signInAddress(path));
}
