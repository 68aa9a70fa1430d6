/** How Next builds and serves the pages; the API and the sockets are answered before it (src/server). */
import { join } from "node:path";
import type { NextConfig } from "next";

/** Next is started from the repository's root or from here; its own folder is what `__dirname` names in a config file. */
const root = join(__dirname, "../..");

const config: NextConfig = {
  poweredByHeader: false,
  images: { unoptimized: true },
  // The workspace packages are TypeScript sources.
  transpilePackages: ["@fairlead/protocol", "@fairlead/client"],
  turbopack: { root },
  outputFileTracingRoot: root,
  allowedDevOrigins: ["127.0.0.1", "localhost"],
  // `npm run types` checks types, once for everything.
  typescript: { ignoreBuildErrors: true },
};

export default config;
