// The borders of the house. The names are the documentation: each says what is allowed, and its comment what to do instead.
const hub = "^apps/hub/src/server/";
const runtime = "^apps/runtime/src/";
const tests = "\\.test\\.tsx?$|/test/|\\.conformance\\.ts$";

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Move what both need into a third file.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "packages-never-import-apps",
      comment: "Move what the package needs into the package.",
      severity: "error",
      from: { path: "^packages/", pathNot: tests },
      to: { path: "^apps/" },
    },
    {
      name: "protocol-imports-only-zod",
      comment: "The protocol is data and pure functions; IO belongs to its users. (fastest-levenshtein: nearest config key.)",
      severity: "error",
      from: { path: "^packages/protocol/src/", pathNot: tests },
      to: { pathNot: "^packages/protocol/src/|node_modules/(zod|fastest-levenshtein)/" },
    },
    {
      name: "apps-never-import-each-other",
      comment: "Hub and runtime meet only in packages/protocol.",
      severity: "error",
      from: { path: "^apps/([^/]+)/" },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "ui-sees-server-types-only",
      comment: "Live state never enters Next's module graph; call the API. next-auth's options are the exception.",
      severity: "error",
      from: { path: "^apps/hub/src/(ui|app)/" },
      to: { path: hub, pathNot: `${hub}auth/next-auth`, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "server-never-imports-the-ui",
      comment: "The server renders nothing.",
      severity: "error",
      from: { path: hub },
      to: { path: "^apps/hub/src/(ui|app)/|node_modules/react(-dom)?/" },
    },
    {
      name: "doors-go-through-services",
      comment: "api and gateway call services; storage is behind them.",
      severity: "error",
      from: { path: `${hub}(api|gateway|workers)/`, pathNot: tests },
      to: { path: `${hub}storage/`, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nothing-inner-imports-outer",
      comment: "Services, domain, storage, bus and auth are called by the doors, never the other way.",
      severity: "error",
      from: { path: `${hub}(services|domain|storage|bus|auth)/`, pathNot: tests },
      to: { path: `${hub}(api|gateway|workers)/` },
    },
    {
      name: "edge-and-domain-never-import-services",
      comment: "Storage, bus and domain know nothing of what is done with them.",
      severity: "error",
      from: { path: `${hub}(storage|bus|domain)/`, pathNot: tests },
      to: { path: `${hub}services/` },
    },
    {
      name: "domain-is-pure",
      comment: "Domain files decide; they do no IO.",
      severity: "error",
      from: { path: `${hub}domain/`, pathNot: tests },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "domain-sees-domain-and-protocol",
      comment: "Pass what a decision needs as arguments.",
      severity: "error",
      from: { path: `${hub}domain/`, pathNot: tests },
      to: { path: "^apps/", pathNot: `${hub}domain/` },
    },
    {
      name: "only-the-entry-sees-the-composition-root",
      comment: "hub.ts is imported by server.ts and by tests.",
      severity: "error",
      from: { path: "^apps/hub/src/", pathNot: tests },
      to: { path: `${hub}hub\\.ts$` },
    },
    {
      name: "adapters-never-import-each-other",
      comment: "Shared parts of adapters live in process/ or beside their folders.",
      severity: "error",
      from: { path: `${runtime}adapters/([^/]+)/`, pathNot: tests },
      to: { path: `${runtime}adapters/[^/]+/`, pathNot: `${runtime}adapters/$1/` },
    },
    {
      name: "adapters-know-nothing-of-the-hub",
      comment: "An adapter knows its agent and the event union.",
      severity: "error",
      from: { path: `${runtime}adapters/`, pathNot: tests },
      to: { path: `${runtime}(hub-link|sessions)/` },
    },
    {
      name: "only-the-registry-names-adapters",
      comment: "Ask the registry for an adapter.",
      severity: "error",
      from: { path: runtime, pathNot: `${runtime}adapters/|${tests}` },
      to: { path: `${runtime}adapters/[^/]+/` },
    },
    {
      name: "processes-start-in-process",
      comment: "process/spawn.ts is the only place that starts a child.",
      severity: "error",
      from: { path: runtime, pathNot: `${runtime}process/|${tests}` },
      to: { path: "^(child_process|node:child_process)$|node_modules/(execa|node-pty)/" },
    },
    {
      name: "execa-in-one-file",
      comment: "Signals, groups, environment and limits are decided once, in process/spawn.ts.",
      severity: "error",
      from: { path: runtime, pathNot: `${runtime}process/spawn\\.ts$|${tests}` },
      to: { path: "node_modules/execa/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|\\.next|generated)/" },
    tsPreCompilationDeps: true,
    // Without exportsFields a workspace import stays "@fairlead/protocol" and every rule above is blind to it.
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default", "types"] },
  },
};
