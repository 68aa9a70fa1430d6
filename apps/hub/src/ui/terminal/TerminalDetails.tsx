/** Beside a terminal: what runs where, and its recordings to play and to keep. */
"use client";
import { filePath } from "@fairlead/client";
import type { TerminalState } from "@fairlead/protocol";
import { Download, Play } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { Button, buttonVariants } from "../components/button.tsx";
import { lazyPart } from "../components/lazy-part.tsx";
import { FullSheet } from "../components/sheet.tsx";
import { useMe } from "../hooks/use-lists.ts";
import { endWords } from "../text/terminal-words.ts";
import { clockWords, dayWords, elapsedWords, sizeWords } from "../text/time-words.ts";
import { type Recording, useRecordings } from "./use-recordings.ts";

const Player = lazyPart(() => import("./Player.tsx").then((module) => module.Player));

interface TerminalDetailsProps {
  readonly sessionId: string;
  readonly terminal: TerminalState | null;
  readonly agent: string;
  readonly machine: string;
  /** How far the log goes. */
  readonly seq: number;
  readonly onClose: () => void;
}

export function TerminalDetails({ sessionId, terminal, agent, machine, seq, onClose }: TerminalDetailsProps) {
  const recordings = useRecordings(sessionId, seq);
  const admin = useMe()?.role === "admin";
  const [playing, setPlaying] = useState<string | null>(null);
  return (
    <FullSheet open onOpenChange={(open) => !open && onClose()} title="About this terminal">
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
          <Fact name="Agent">{machine === "" ? agent : `${agent} on ${machine}`}</Fact>
          {terminal !== null && (
            <>
              {terminal.command.length > 0 && <Fact name="Program">{terminal.command.join(" ")}</Fact>}
              {terminal.work_dir !== null && <Fact name="Folder">{terminal.work_dir}</Fact>}
              <Fact name="State">{terminal.state === "closed" ? endWords(terminal).text : terminal.state}</Fact>
            </>
          )}
        </dl>
        <div className="mt-6 mb-2 flex items-center justify-between gap-2">
          <h2 className="font-semibold text-sm">Recordings</h2>
          {admin && (
            <Link
              href={`/audit?session_id=${encodeURIComponent(sessionId)}`}
              className="inline-flex min-h-11 items-center rounded text-sm underline underline-offset-4 md:min-h-0"
            >
              Audit<span className="sr-only"> of this terminal and its recordings</span>
            </Link>
          )}
        </div>
        {recordings.length === 0 && <p className="text-muted-foreground text-sm">None yet. A recording appears here when it ends.</p>}
        <ul className="flex flex-col gap-3">
          {recordings.map((recording) => (
            <li key={recording.file_id}>
              <RecordingRow sessionId={sessionId} recording={recording} onPlay={() => setPlaying(recording.file_id)} />
              {playing === recording.file_id && (
                <div className="mt-2">
                  <Player address={filePath(sessionId, recording.file_id)} />
                </div>
              )}
            </li>
          ))}
        </ul>
      </div>
    </FullSheet>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 break-words font-mono text-[13px]">{children}</dd>
    </>
  );
}

interface RecordingRowProps {
  readonly sessionId: string;
  readonly recording: Recording;
  readonly onPlay: () => void;
}

function RecordingRow({ sessionId, recording, onPlay }: RecordingRowProps) {
  const { at, duration_ms, size, file_id } = recording;
  const when = `${dayWords(at, Date.now())}, ${clockWords(at)}`;
  return (
    <div className="flex items-center gap-2 text-sm">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{when}</span>
        <span className="block text-muted-foreground text-xs tabular-nums">
          {elapsedWords(duration_ms)} · {sizeWords(size)}
        </span>
      </span>
      <Button variant="outline" size="small" aria-label={`Play the recording of ${when}`} onClick={onPlay}>
        <Play aria-hidden /> Play
      </Button>
      <a
        href={filePath(sessionId, file_id)}
        download={`terminal-${file_id}.cast`}
        aria-label={`Download the recording of ${when}`}
        className={buttonVariants({ variant: "outline", size: "icon" })}
      >
        <Download aria-hidden />
      </a>
    </div>
  );
}
