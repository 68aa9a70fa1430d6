/** Sign-ins: a row for each, signed tokens that name it, and revocation that holds at once everywhere in this process. */
import { AppError, type Role, roleSchema } from "@fairlead/protocol";
import { jwtVerify, SignJWT } from "jose";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../clock.ts";
import { actorOfDeed } from "../domain/deeds.ts";
import type { UserPrincipal } from "../domain/principal.ts";
import type { AuditTrail } from "../services/audit.ts";
import { verifyPassword } from "./passwords.ts";
import type { LoginThrottle } from "./throttle.ts";

/** Where a token may be used: scripts send it as Bearer, browsers as the cookie; one is no good as the other. */
export type Audience = "api" | "browser";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface SignedIn {
  readonly principal: UserPrincipal;
  readonly expires_at: Date;
}

export interface Logins {
  /** Checks a password and makes a login. Throws UNAUTHENTICATED (the same for an unknown user) or LIMIT_EXCEEDED. */
  signIn(credentials: Credentials, address: string): Promise<SignedIn>;
  /** A signed token for a login; it expires with the login. */
  issue(signedIn: SignedIn, audience: Audience): Promise<string>;
  /** Who a token stands for, or undefined when it is wrong, expired, revoked, or for another audience. */
  verify(token: string, audience: Audience): Promise<UserPrincipal | undefined>;
  /** Whether a login still stands and its user still has that role. */
  alive(principal: UserPrincipal): Promise<boolean>;
  /** Ends a login: its tokens are refused from now on and its sockets are told to close. Ending it twice is harmless. */
  revoke(loginId: string): Promise<void>;
  /** When a login expires, while it stands. */
  expiryOf(loginId: string): Promise<Date | undefined>;
  /** Forgets logins that expired. */
  sweep(): Promise<void>;
}

export interface LoginsOptions {
  readonly prisma: Pick<PrismaClient, "login" | "user">;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly throttle: LoginThrottle;
  readonly audit: AuditTrail;
  readonly secret: string;
  /** How long a login lasts (ms). */
  readonly expiryMs: number;
}

interface Standing {
  readonly user_id: string;
  readonly username: string;
  readonly role: Role;
  readonly expiresAt: number;
  /** When the row was read. */
  readonly readAt: number;
}

const ISSUER = "fairlead";
/** How long a row that was read is believed (ms); another hub's revocation is noticed after at most this. */
const BELIEVED_MS = 5_000;
const MOST_REMEMBERED = 10_000;

export function createLogins(options: LoginsOptions): Logins {
  const { prisma, bus, clock, throttle, audit } = options;
  const key = new TextEncoder().encode(options.secret);
  const standing = new Map<string, Standing>();
  // A row read before a revocation may come back after it; ids in here are never believed again.
  const revoked = new Set<string>();

  async function lookUp(loginId: string): Promise<Standing | undefined> {
    if (revoked.has(loginId)) return undefined;
    const known = standing.get(loginId);
    if (known !== undefined && clock.now() - known.readAt < BELIEVED_MS) return known.expiresAt > clock.now() ? known : undefined;
    const readAt = clock.now();
    const row = await prisma.login.findUnique({ where: { id: loginId }, include: { user: true } });
    standing.delete(loginId);
    if (row === null || row.revokedAt !== null || row.expiresAt.getTime() <= clock.now() || revoked.has(loginId)) return undefined;
    const role = roleSchema.parse(row.user.role);
    const found = { user_id: row.userId, username: row.user.username, role, expiresAt: row.expiresAt.getTime(), readAt };
    standing.set(loginId, found);
    trim(standing);
    return found;
  }

  async function alive(principal: UserPrincipal): Promise<boolean> {
    const found = await lookUp(principal.login_id);
    return found !== undefined && found.user_id === principal.user_id && found.role === principal.role;
  }

  async function signIn({ username, password }: Credentials, address: string): Promise<SignedIn> {
    const user = await prisma.user.findUnique({ where: { usernameLower: username.toLowerCase() } });
    const fits = await verifyPassword(user?.passwordHash, password);
    if (!fits || user === null) throw new AppError("UNAUTHENTICATED", "wrong username or password");
    throttle.succeeded(address, username);
    const createdAt = new Date(clock.now());
    const expiresAt = new Date(createdAt.getTime() + options.expiryMs);
    const id = crypto.randomUUID();
    await prisma.login.create({ data: { id, userId: user.id, createdAt, expiresAt } });
    const role = roleSchema.parse(user.role);
    return { principal: { kind: "user", user_id: user.id, username: user.username, role, login_id: id }, expires_at: expiresAt };
  }

  return {
    alive,
    signIn: async (credentials, address) => {
      const { username } = credentials;
      throttle.attempt(address, username);
      // Not before the throttle: strangers must not be able to fill the disk.
      const deed = { operation: "auth.login", actor: { kind: "stranger", id: null, name: username }, address, detail: {} } as const;
      return audit.record(
        deed,
        () => signIn(credentials, address),
        ({ principal }) => ({ actor: actorOfDeed(principal) }),
      );
    },
    issue: ({ principal, expires_at }, audience) =>
      new SignJWT({ sid: principal.login_id, role: principal.role, name: principal.username })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(principal.user_id)
        .setIssuedAt(Math.floor(clock.now() / 1_000))
        .setExpirationTime(Math.floor(expires_at.getTime() / 1_000))
        .sign(key),
    verify: async (token, audience) => {
      const claims = await jwtVerify(token, key, {
        algorithms: ["HS256"],
        issuer: ISSUER,
        audience,
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(clock.now()),
      }).then(
        ({ payload }) => payload,
        () => undefined,
      );
      const role = roleSchema.safeParse(claims?.role);
      if (claims?.sub === undefined || typeof claims.sid !== "string" || !role.success) return undefined;
      const principal = {
        kind: "user",
        user_id: claims.sub,
        username: String(claims.name),
        role: role.data,
        login_id: claims.sid,
      } as const;
      return (await alive(principal)) ? principal : undefined;
    },
    revoke: async (loginId) => {
      revoked.add(loginId);
      trim(revoked);
      standing.delete(loginId);
      await prisma.login.updateMany({ where: { id: loginId, revokedAt: null }, data: { revokedAt: new Date(clock.now()) } });
      bus.publish(`login.${loginId}`, null);
    },
    expiryOf: async (loginId) => {
      const found = await lookUp(loginId);
      return found === undefined ? undefined : new Date(found.expiresAt);
    },
    sweep: async () => {
      await prisma.login.deleteMany({ where: { expiresAt: { lt: new Date(clock.now()) } } });
    },
  };
}

/** Forgets the oldest entries beyond the bound. */
function trim(memory: Map<string, unknown> | Set<string>): void {
  for (const oldest of memory.keys()) {
    if (memory.size <= MOST_REMEMBERED) return;
    memory.delete(oldest);
  }
}
