/** What the services are built from; hub.ts hands it in. */
import type { HubConfig } from "@fairlead/protocol";
import type { BlobStore } from "../blobs/disk-store.ts";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../storage/db.ts";
import type { Audit } from "./audit.ts";
import type { OperationTable, ServiceLog } from "./operation.ts";

/** Operations that are not about sessions; implemented with `implement` beside what they need. */
export type InjectedOperations = Pick<OperationTable, "health.live" | "health.ready" | "auth.config" | "auth.login" | "auth.logout">;

export interface ServiceDependencies {
  readonly config: Pick<HubConfig, "auth" | "session" | "storage">;
  readonly db: Pick<Db, "prisma" | "log" | "commands">;
  readonly blobs: BlobStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly audit: Audit;
  /** Makes the hash that is stored for a password. */
  readonly hashPassword: (password: string) => Promise<string>;
  readonly operations: InjectedOperations;
}
