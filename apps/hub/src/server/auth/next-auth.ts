/** next-auth's options. Its cookie holds a token of ours, so signing in and out is the same for browsers and scripts. */
import { CONTRACTS } from "@fairlead/protocol";
import type { NextAuthOptions } from "next-auth";
import type { JWT } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import { ADDRESS_HEADER, authBridge, type CookieClaims } from "./bridge.ts";

/** Options of one request; made late, because at build time there is no hub. */
export function nextAuthOptions(): NextAuthOptions {
  const bridge = authBridge();
  return {
    secret: bridge.secret,
    session: { strategy: "jwt", maxAge: bridge.maxAgeSeconds },
    pages: { signIn: "/login", error: "/login" },
    providers: [
      CredentialsProvider({
        name: "Password",
        credentials: { username: { label: "Username" }, password: { label: "Password", type: "password" } },
        authorize: async (credentials, request) => {
          const parsed = CONTRACTS["auth.login"].input.safeParse(credentials);
          if (!parsed.success) return null;
          const address: unknown = request.headers?.[ADDRESS_HEADER];
          const claims = await bridge.signIn(parsed.data, typeof address === "string" ? address : "unknown");
          return claims === undefined ? null : { ...claims, id: claims.sub };
        },
      }),
    ],
    jwt: {
      encode: async ({ token }) => {
        const claims = claimsOf(token);
        return claims === undefined ? "" : bridge.seal(claims);
      },
      decode: async ({ token }) => {
        const claims = token === undefined ? undefined : await bridge.open(token);
        return claims === undefined ? null : { ...claims };
      },
    },
    callbacks: {
      jwt: ({ token, user }) => (user === undefined ? token : { ...claimsOf(user as unknown as JWT) }),
      session: ({ session, token }) => ({
        ...session,
        user: { id: token.sub, name: token.name, username: token.name, role: token.role },
      }),
    },
    events: {
      signOut: async ({ token }) => {
        const claims = claimsOf(token);
        if (claims !== undefined) await bridge.revoke(claims);
      },
    },
  };
}

function claimsOf(token: JWT | undefined): CookieClaims | undefined {
  const { sub, name, role, sid, exp } = token ?? {};
  const complete = typeof sub === "string" && typeof name === "string" && typeof role === "string" && typeof sid === "string";
  return complete && typeof exp === "number" ? { sub, name, role, sid, exp } : undefined;
}
