/** Files that will go with the next message: uploaded as soon as they are chosen, each with its progress and its own failure. */
"use client";
import { newId, type Upload } from "@fairlead/client";
import { type Attachment, MAX_ATTACHMENTS } from "@fairlead/protocol";
import { useCallback, useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { countWords } from "../text/time-words.ts";
import { useHub } from "./use-hub.tsx";

export interface ChosenFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** Where a small picture of it can be drawn from; null: it is none. */
  readonly picture: string | null;
  /** The part uploaded so far, 0..1. */
  readonly part: number;
  /** Set when the hub has it. */
  readonly attachment: Attachment | null;
  readonly error: string | null;
}

export interface Attachments {
  readonly files: readonly ChosenFile[];
  /** Some file is on its way, or did not get there: a message sent now would go without it. */
  readonly incomplete: boolean;
  readonly add: (files: readonly File[]) => void;
  readonly remove: (id: string) => void;
  readonly retry: (id: string) => void;
  /** Forgets them all, once a message carries them. */
  readonly clear: () => void;
}

interface Kept {
  readonly file: File;
  readonly name: string;
  upload: Upload;
}

export function useAttachments(sessionId: string): Attachments {
  const hub = useHub();
  const [files, setFiles] = useState<readonly ChosenFile[]>([]);
  const kept = useRef(new Map<string, Kept>());

  const change = useCallback(
    (id: string, fields: Partial<ChosenFile>) =>
      setFiles((before) => before.map((file) => (file.id === id ? { ...file, ...fields } : file))),
    [],
  );

  const begin = useCallback(
    (id: string, file: File, name: string) => {
      const upload = hub.upload({ sessionId, file, name, onProgress: (part) => change(id, { part }) });
      kept.current.set(id, { file, name, upload });
      upload.done.then(
        (attachment) => change(id, { attachment, part: 1, error: null }),
        (error: unknown) => change(id, { error: error instanceof Error ? error.message : String(error) }),
      );
    },
    [hub, sessionId, change],
  );

  const add = useCallback(
    (added: readonly File[]) => {
      const room = MAX_ATTACHMENTS - kept.current.size;
      if (added.length > room) toast.error(`A message may carry ${countWords(MAX_ATTACHMENTS, "file")}.`);
      for (const file of added.slice(0, Math.max(0, room))) {
        const id = newId();
        const name = file.name === "" ? "pasted" : file.name;
        const picture = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
        setFiles((before) => [...before, { id, name, size: file.size, picture, part: 0, attachment: null, error: null }]);
        begin(id, file, name);
      }
    },
    [begin],
  );

  const forget = useCallback((file: ChosenFile) => {
    if (file.picture !== null) URL.revokeObjectURL(file.picture);
    kept.current.get(file.id)?.upload.cancel();
    kept.current.delete(file.id);
  }, []);

  const latest = useRef(files);
  latest.current = files;
  // Whoever leaves the session leaves what was not sent.
  useEffect(() => () => latest.current.forEach(forget), [forget]);

  return {
    files,
    incomplete: files.some((file) => file.attachment === null),
    add,
    remove(id) {
      for (const file of files) if (file.id === id) forget(file);
      setFiles((before) => before.filter((file) => file.id !== id));
    },
    retry(id) {
      const known = kept.current.get(id);
      if (known === undefined) return;
      change(id, { error: null, part: 0 });
      begin(id, known.file, known.name);
    },
    clear() {
      files.forEach(forget);
      setFiles([]);
    },
  };
}
