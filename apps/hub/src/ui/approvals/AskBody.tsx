/** All that an agent asks, so that nobody has to answer on trust: command, changes, plan, places, input. */
"use client";
import type { ToolContent, ToolInput } from "@fairlead/protocol";
import { ChevronRight, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { DiffLines } from "../session/diff/Diff.tsx";
import { Markdown } from "../session/Markdown.tsx";
import { commandOf } from "../text/ask-words.ts";
import type { CardAsk } from "./card-ask.ts";
import { InputTable } from "./InputTable.tsx";
import { WholeText } from "./WholeText.tsx";

export function AskBody({ ask }: { readonly ask: CardAsk }) {
  const command = commandOf(ask.subject);
  const cwd = ask.subject?.cwd;
  // A detail that says what stands above or below already is no news.
  const detail = ask.detail !== null && ask.detail.trim() !== command?.trim() && ask.detail !== ask.plan ? ask.detail : null;
  const told = command !== undefined || ask.content.length > 0 || ask.plan !== null || ask.questions.length > 0;
  const rest = restOf(ask.input, [command, cwd, ask.plan, ...(ask.subject?.paths ?? [])]);
  return (
    <div className="flex min-w-0 flex-col gap-2.5">
      {command !== undefined && <WholeText strong what="command" text={command} aside={cwd !== undefined && <span>in {cwd}</span>} />}
      {ask.plan !== null && (
        <div className="rounded-lg border bg-card px-3 py-1">
          <Markdown text={ask.plan} growing={false} />
        </div>
      )}
      {ask.content.map((content, index) => {
        // Contents never change once they were asked about.
        const key = index;
        return <ContentView key={key} content={content} id={`${ask.session_id} ${ask.approval_id} ${key}`} />;
      })}
      {detail !== null && <WholeText what="details" text={detail} />}
      <Places ask={ask} withFolder={command === undefined} />
      {rest !== null &&
        (told ? (
          <Fold title="Input as the agent gave it">
            <InputTable input={rest} />
          </Fold>
        ) : (
          <InputTable input={rest} />
        ))}
      {ask.input_truncated && <Incomplete />}
    </div>
  );
}

/** Stands last, beside the answers: nobody should press them without having read it. */
function Incomplete() {
  return (
    <p className="flex items-start gap-2 rounded-lg border border-wait/50 bg-wait/8 px-3 py-2 text-sm">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-wait" />
      <span>
        <strong className="font-semibold">You do not see all of it.</strong> The input was too long to keep; what is missing here is part of
        what you answer.
      </span>
    </p>
  );
}

/** The keys whose values do not stand elsewhere on the card; null if there are none. */
function restOf(input: ToolInput | null, shown: readonly (string | null | undefined)[]): ToolInput | null {
  if (input === null) return null;
  const rest = Object.entries(input).filter(([, value]) => typeof value !== "string" || !shown.includes(value));
  return rest.length === 0 ? null : Object.fromEntries(rest);
}

interface ContentViewProps {
  readonly content: ToolContent;
  /** Remembers whether somebody asked for all of a long patch. */
  readonly id: string;
}

function ContentView({ content, id }: ContentViewProps) {
  if (content.type === "text") {
    return <WholeText what="text" text={content.text} aside={content.truncated === true && <Cut />} />;
  }
  return (
    <figure className="overflow-hidden rounded-lg border bg-code text-code-foreground">
      <figcaption className="flex flex-wrap items-center gap-x-2 gap-y-0.5 border-b px-3 py-2 text-xs">
        <span className="min-w-0 font-mono [overflow-wrap:anywhere]">
          {content.from_path !== undefined && <span className="text-muted-foreground">{content.from_path} → </span>}
          {content.path}
        </span>
        <span className="ml-auto flex gap-2 whitespace-nowrap font-medium tabular-nums">
          {content.change !== "modified" && <span className="text-muted-foreground">{content.change}</span>}
          <span className="text-ok">+{content.added}</span>
          <span className="text-bad">−{content.removed}</span>
          {content.truncated === true && <Cut />}
        </span>
      </figcaption>
      <DiffLines id={id} path={content.path} patch={content.patch} split={false} />
    </figure>
  );
}

function Cut() {
  return <span className="font-medium text-wait">too long to keep whole</span>;
}

interface PlacesProps {
  readonly ask: CardAsk;
  readonly withFolder: boolean;
}

/** Files and hosts the call would touch. */
function Places({ ask, withFolder }: PlacesProps) {
  const changed = ask.content.flatMap((content) => (content.type === "diff" ? [content.path] : []));
  const paths = (ask.subject?.paths ?? []).filter((path) => !changed.some((shown) => path === shown || path.endsWith(`/${shown}`)));
  const hosts = ask.subject?.hosts ?? [];
  const folder = withFolder ? ask.subject?.cwd : undefined;
  if (paths.length === 0 && hosts.length === 0 && folder === undefined) return null;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-[13px]">
      {folder !== undefined && <Place term="Folder" values={[folder]} />}
      {paths.length > 0 && <Place term={paths.length === 1 ? "File" : "Files"} values={paths} />}
      {hosts.length > 0 && <Place term={hosts.length === 1 ? "Host" : "Hosts"} values={hosts} />}
    </dl>
  );
}

function Place({ term, values }: { readonly term: string; readonly values: readonly string[] }) {
  return (
    <>
      <dt className="text-muted-foreground">{term}</dt>
      <dd className="min-w-0 font-mono [overflow-wrap:anywhere]">
        {values.map((value) => (
          <span key={value} className="block">
            {value}
          </span>
        ))}
      </dd>
    </>
  );
}

export function Fold({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <details className="group">
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-1.5 rounded-md text-muted-foreground text-sm hover:text-foreground md:min-h-8 [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90 motion-reduce:transition-none" />
        {title}
      </summary>
      <div className="pt-1">{children}</div>
    </details>
  );
}
