/** Prisma's command line for the SQLite schema; the hub itself applies the migrations at its start and needs none of this. */
import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: "file:./data/fairlead.db" },
});
