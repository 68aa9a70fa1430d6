/** Where a request came from and to which origin it was addressed; forwarded headers count only from trusted proxies. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { AppError } from "@fairlead/protocol";

export interface Caller {
  /** The person's address. */
  readonly address: string;
  /** The origin the person's browser sees, e.g. `https://agents.example.org`; undefined when the request named no host. */
  readonly origin: string | undefined;
}

export type Locate = (request: IncomingMessage) => Caller;

/** Makes the function that tells who calls. Throws INVALID_INPUT when an entry is neither an address nor a CIDR range. */
export function createLocate(trustedProxies: readonly string[]): Locate {
  const trusted = new BlockList();
  for (const entry of trustedProxies) addTrusted(trusted, entry);
  const isTrusted = (address: string) => {
    const version = isIP(address);
    return version !== 0 && trusted.check(address, version === 6 ? "ipv6" : "ipv4");
  };

  return (request) => {
    const peer = plainAddress(request.socket.remoteAddress ?? "unknown");
    const direct = { address: peer, origin: originOf("http", request.headers.host) };
    if (!isTrusted(peer)) return direct;
    const protocol = lastOf(request.headers["x-forwarded-proto"]) === "https" ? "https" : "http";
    const host = lastOf(request.headers["x-forwarded-host"]) ?? request.headers.host;
    // Each proxy appends the address it saw; the first from the right that is not one of ours is the person's.
    const hops = listOf(request.headers["x-forwarded-for"]).map(plainAddress);
    const address = hops.findLast((hop) => !isTrusted(hop)) ?? hops[0] ?? peer;
    return { address: isIP(address) === 0 ? peer : address, origin: originOf(protocol, host) };
  };
}

function addTrusted(list: BlockList, entry: string): void {
  const [network = "", bits] = entry.split("/");
  const version = isIP(network);
  const prefix = bits === undefined ? undefined : Number(bits);
  const most = version === 6 ? 128 : 32;
  if (version === 0 || (prefix !== undefined && !(Number.isInteger(prefix) && prefix >= 0 && prefix <= most))) {
    throw new AppError("INVALID_INPUT", `server.trusted_proxies: "${entry}" is neither an address nor a range such as 10.0.0.0/8`);
  }
  const family = version === 6 ? "ipv6" : "ipv4";
  if (prefix === undefined) list.addAddress(network, family);
  else list.addSubnet(network, prefix, family);
}

/** `::ffff:10.0.0.1` is how a dual-stack socket shows an IPv4 peer. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

function listOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** The value the nearest (trusted) proxy wrote. */
function lastOf(header: string | string[] | undefined): string | undefined {
  return listOf(header).at(-1);
}

function originOf(protocol: string, host: string | undefined): string | undefined {
  if (host === undefined || !URL.canParse(`${protocol}://${host}`)) return undefined;
  return new URL(`${protocol}://${host}`).origin;
}
