/** Signing in and out, and what it says when that does not work. */
import { expect, signInWith, test } from "../fixtures.ts";
import { ADMIN } from "../site.ts";

test("leads back to the page that asked for it", async ({ stranger }) => {
  await stranger.goto("/agents");
  await stranger.waitForURL(/\/login\?next=%2Fagents$/);
  await signInWith(stranger, ADMIN);
  await stranger.waitForURL((url) => url.pathname === "/agents");
  await expect(stranger.getByRole("button", { name: "Start a session with Bash Shell" })).toBeVisible();
});

test("never leads to another site", async ({ stranger }) => {
  await stranger.goto("/login?next=//evil.example/x");
  await signInWith(stranger, ADMIN);
  await stranger.waitForURL((url) => url.pathname === "/");
});

test("says that the password is wrong, and waits after too many attempts", async ({ stranger }) => {
  await stranger.goto("/login");
  const problem = stranger.getByRole("alert").filter({ hasText: /./ });
  for (let attempt = 0; attempt < 8; attempt += 1) {
    await signInWith(stranger, { username: "somebody", password: `guess ${attempt}` });
    await expect(stranger.getByRole("button", { name: "Sign in" })).toBeEnabled();
    await expect(problem).toHaveText("That username and password do not belong together.");
  }
  await signInWith(stranger, { username: "somebody", password: "one guess too many" });
  await expect(problem).toHaveText(/Too many sign-in attempts; try again in \d+ s\.$/);
  await expect(stranger).toHaveURL(/\/login$/);
});

test("signs out: the hub forgets the login, and this page with it", async ({ stranger }) => {
  await stranger.goto("/login");
  await signInWith(stranger, ADMIN);
  await stranger.waitForURL((url) => url.pathname === "/");
  await stranger.getByRole("button", { name: "Account and settings" }).click();
  await stranger.getByRole("menuitem", { name: "Sign out" }).click();
  await stranger.waitForURL(/\/login$/);
  expect((await stranger.request.get("/api/me")).status()).toBe(401);
  await stranger.goto("/");
  await stranger.waitForURL(/\/login$/);
});
