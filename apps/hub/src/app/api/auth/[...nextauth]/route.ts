/** next-auth's own paths (`signin`, `callback`, `session`, `csrf`, `signout`, …); the hub answers its other paths before Next. */
import NextAuth from "next-auth";
import { nextAuthOptions } from "../../../../server/auth/next-auth.ts";

interface RouteContext {
  readonly params: Promise<{ nextauth: string[] }>;
}

/** The options are made for each request: when this module is loaded by a build there is no hub to ask. */
function handle(request: Request, context: RouteContext): Promise<Response> {
  const answer = NextAuth(nextAuthOptions()) as (request: Request, context: RouteContext) => Promise<Response>;
  return answer(request, context);
}

export { handle as GET, handle as POST };
