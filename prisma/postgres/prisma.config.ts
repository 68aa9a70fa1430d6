/** Prisma's command line for the Postgres schema: `DATABASE_URL=… npx prisma <command> --config prisma/postgres/prisma.config.ts`. */
import { defineConfig, env } from "prisma/config";

export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  datasource: { url: env("DATABASE_URL") },
});
