/** Where a runtime and who keeps its terminals meet: sockets that only this user can reach. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { HOLDER_VERSION } from "./holder-messages.ts";

/** Longest path of a Unix socket (bytes): Linux takes 107, macOS 103. */
const LONGEST_PATH = 103;

/** A holder of each version has places of its own: one that a runtime of another version started is left alone. */
function nameOf(version: number): string {
  return version === 1 ? "holder" : `holder-${version}`;
}

/** What the holder keeps in the data directory: its socket, and the record of its programs. */
export function holderFolder(dataDir: string, version: number = HOLDER_VERSION): string {
  return join(dataDir, nameOf(version));
}

/** The folders of all versions' holders that there were. */
export function holderFolders(dataDir: string): string[] {
  return listed(dataDir)
    .filter((name) => /^holder(-\d+)?$/.test(name))
    .map((name) => join(dataDir, name));
}

/** The socket's path: in the data directory, or under a short name in the system's folder for temporary files. */
export function holderSocket(dataDir: string): string {
  const path = join(holderFolder(dataDir), "socket");
  return isSocketPath(path) ? path : join(shortFolder(), nameOf(HOLDER_VERSION).replace("holder", hashOf(dataDir).slice(0, 24)));
}

/** The socket of the tmux server that runs a session's terminal: as the holder's. */
export function tmuxSocket(dataDir: string, sessionId: string): string {
  const path = join(dataDir, "tmux", sessionId);
  return isSocketPath(path) ? path : join(shortFolder(), `${shortPrefix(dataDir)}${hashOf(sessionId).slice(0, 16)}`);
}

/** The sockets of all such servers that there were. */
export function tmuxSockets(dataDir: string): string[] {
  const short = socketsIn(shortFolder()).filter((path) => basename(path).startsWith(shortPrefix(dataDir)));
  return [...socketsIn(join(dataDir, "tmux")), ...short];
}

/** Nothing where somebody else could have put them there: what a server says is believed. */
function socketsIn(folder: string): string[] {
  if (!isOwn(folder)) return [];
  const paths = readdirSync(folder).map((name) => join(folder, name));
  return paths.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true);
}

function isSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_PATH;
}

function shortFolder(): string {
  return join(tmpdir(), `fairlead-${userInfo().uid}`);
}

function shortPrefix(dataDir: string): string {
  return `${hashOf(dataDir).slice(0, 16)}-`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function listed(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Makes the socket's folder. Throws an Error for people when others could get at it. */
export function secureSocketFolder(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOwn(folder)) throw new Error(`The folder "${folder}" belongs to somebody else or is open to others; remove it.`);
}

/** Whether it is a folder, and this user's alone. */
function isOwn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o077) === 0;
}
