/** What a message to an endpoint sets off, for the approval that must come first. */
import type { EndpointConfig } from "@fairlead/protocol";
import type { RunFacts } from "./run-gate.ts";

export function runFacts(endpoint: EndpointConfig): RunFacts {
  const { name } = endpoint;
  if (endpoint.profile === "generic-http") {
    const { method, base_url } = endpoint.config;
    const { hostname } = new URL(base_url);
    return { tool: name, title: `${method} ${base_url}`, kind: "fetch", subject: () => ({ hosts: [hostname] }) };
  }
  const { command, args, work_dir } = endpoint.config;
  // A function, because a text would have its `$` read as patterns.
  const words = (message: string) => [command ?? name, ...args.map((arg) => arg.replaceAll("{message}", () => message))];
  return {
    tool: name,
    title: `Run ${name}`,
    kind: "execute",
    subject: (message) => ({ command: words(message), ...(work_dir === undefined ? {} : { cwd: work_dir }) }),
  };
}
