/** Endpoints: what runtimes offer, under public ids, and whether each can be reached. */
import { randomUUID } from "node:crypto";
import {
  AppError,
  type Capabilities,
  capabilitiesSchema,
  type Endpoint,
  type EndpointOffer,
  type Profile,
  profileSchema,
  programSchema,
} from "@fairlead/protocol";
import { z } from "zod";
import type { Prisma } from "../../../generated/sqlite/client.ts";
import { publicIdCandidates } from "../domain/endpoint-ids.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { implement } from "./operation.ts";
import type { Presence } from "./presence.ts";
import type { RuntimeRequests } from "./runtime-requests.ts";
import { isUniqueViolation } from "./unique.ts";

/** An endpoint as sending a message needs it. */
export interface KnownEndpoint {
  readonly id: string;
  readonly local_id: string;
  readonly runtime_id: string;
  readonly name: string;
  readonly profile: Profile;
  readonly capabilities: Capabilities;
  readonly unavailable: string | null;
  readonly offered: boolean;
}

type EndpointRow = Prisma.EndpointGetPayload<{ include: { runtime: true } }>;
const tagsSchema = z.record(z.string(), z.string());

interface Parts {
  readonly presence: Presence;
  readonly requests: RuntimeRequests;
}

export function createEndpoints({ db: { prisma } }: Pick<ServiceDependencies, "db">, { presence, requests }: Parts) {
  /** Sending a message asks for its endpoint each time; `store` is the only writer and forgets what it changes. */
  const known = new Map<string, KnownEndpoint>();

  async function find(id: string): Promise<KnownEndpoint | undefined> {
    const cached = known.get(id);
    if (cached !== undefined) return cached;
    const row = await prisma.endpoint.findUnique({ where: { id } });
    if (row === null) return undefined;
    const endpoint: KnownEndpoint = {
      id: row.id,
      local_id: row.localId,
      runtime_id: row.runtimeId,
      name: row.name,
      profile: profileSchema.parse(row.profile),
      capabilities: capabilitiesSchema.parse(JSON.parse(row.capabilities)),
      unavailable: row.unavailable,
      offered: row.offered,
    };
    known.set(id, endpoint);
    return endpoint;
  }

  /** Why the endpoint cannot take work now, or undefined. One whose runtime is away can: the work waits. */
  function refusal(endpoint: KnownEndpoint): string | undefined {
    if (!endpoint.offered) return `${endpoint.name} is no longer offered by its runtime`;
    // What an absent runtime said about its machine may have changed; it will say so again when it returns.
    if (endpoint.unavailable === null || !presence.isOnline(endpoint.runtime_id)) return undefined;
    return `${endpoint.name} cannot run: ${endpoint.unavailable}`;
  }

  function toEndpoint(row: EndpointRow): Endpoint {
    const online = presence.isOnline(row.runtimeId);
    const heard = presence.heardAt(row.runtimeId) ?? row.runtime.lastHeardAt?.getTime();
    const unavailable = online && row.unavailable !== null;
    return {
      id: row.id,
      name: row.name,
      profile: profileSchema.parse(row.profile),
      tags: tagsSchema.parse(JSON.parse(row.tags)),
      capabilities: capabilitiesSchema.parse(JSON.parse(row.capabilities)),
      program: row.program === null ? null : programSchema.parse(JSON.parse(row.program)),
      runtime_id: row.runtimeId,
      runtime_name: row.runtime.name,
      status: !online ? "offline" : unavailable ? "unavailable" : "online",
      online,
      reason: unavailable ? row.unavailable : null,
      last_heard_at: heard === undefined ? null : new Date(heard).toISOString(),
    };
  }

  /** Replaces what a runtime offers. Endpoints it no longer names stay for their sessions' sake, but are not listed. */
  async function store(runtimeId: string, offers: readonly EndpointOffer[]): Promise<void> {
    const unique = new Map(offers.map((offer) => [offer.id, offer]));
    const existing = await prisma.endpoint.findMany({ where: { runtimeId } });
    for (const offer of unique.values()) {
      const row = existing.find((candidate) => candidate.localId === offer.id);
      const data = {
        name: offer.name,
        profile: offer.profile,
        tags: JSON.stringify(offer.tags),
        capabilities: JSON.stringify(offer.capabilities),
        program: offer.program === undefined ? null : JSON.stringify(offer.program),
        unavailable: offer.unavailable ?? null,
        offered: true,
      };
      if (row === undefined) await add(runtimeId, offer.id, data);
      else await prisma.endpoint.update({ where: { id: row.id }, data });
    }
    const gone = existing.filter((row) => row.offered && !unique.has(row.localId)).map((row) => row.id);
    if (gone.length > 0) await prisma.endpoint.updateMany({ where: { id: { in: gone } }, data: { offered: false } });
    for (const endpoint of known.values()) if (endpoint.runtime_id === runtimeId) known.delete(endpoint.id);
  }

  /** Takes the first public id nobody has; the unique keys decide when two runtimes ask at once. */
  async function add(runtimeId: string, localId: string, data: Omit<Prisma.EndpointUncheckedCreateInput, "id" | "runtimeId" | "localId">) {
    for (const id of publicIdCandidates(localId, runtimeId, randomUUID())) {
      if ((await prisma.endpoint.findUnique({ where: { id }, select: { id: true } })) !== null) continue;
      try {
        await prisma.endpoint.create({ data: { ...data, id, runtimeId, localId } });
        return;
      } catch (thrown) {
        if (!isUniqueViolation(thrown)) throw thrown;
        // The other one may also have been ourselves: an older connection of this runtime with the same offer.
        const own = await prisma.endpoint.findUnique({ where: { runtimeId_localId: { runtimeId, localId } } });
        if (own !== null) {
          await prisma.endpoint.update({ where: { id: own.id }, data });
          return;
        }
      }
    }
    throw new AppError("CONFLICT", `no public id is free for the endpoint "${localId}"`);
  }

  return {
    find,
    refusal,
    store,
    operations: {
      "endpoints.list": implement("endpoints.list", {
        async run() {
          const rows = await prisma.endpoint.findMany({
            where: { offered: true },
            include: { runtime: true },
            orderBy: [{ runtimeId: "asc" }, { name: "asc" }],
          });
          return rows.map(toEndpoint);
        },
      }),
      "endpoints.native_sessions": implement("endpoints.native_sessions", {
        async run(_context, { endpoint_id }) {
          const endpoint = await find(endpoint_id);
          if (endpoint === undefined) throw new AppError("NOT_FOUND", "there is no such endpoint");
          const fault = refusal(endpoint);
          if (fault !== undefined) throw new AppError("CONFLICT", fault);
          if (!endpoint.capabilities.native_sessions) throw new AppError("CONFLICT", `${endpoint.name} does not list its earlier sessions`);
          const { native_sessions = [] } = await requests.ask(endpoint.runtime_id, {
            kind: "native_sessions.list",
            endpoint_id: endpoint.local_id,
          });
          return [...native_sessions].sort((a, b) => b.updated_at - a.updated_at);
        },
      }),
    },
  };
}
export type Endpoints = ReturnType<typeof createEndpoints>;
