/** A picture the agent made or showed: small in the timeline, where its place is kept until it is there, and large when it is opened. */
"use client";
import { type FileBlock, filePath } from "@fairlead/client";
import { Download } from "lucide-react";
import Image from "next/image";
import { useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { bytesWords, pictureBox } from "../text/file-words.ts";
import { sizeWords } from "../text/time-words.ts";
import { useSessionPlace } from "./session-place.ts";

export function ProducedPicture({ block }: { readonly block: FileBlock }) {
  const { name, size, bytes, pixels } = block;
  const { sessionId } = useSessionPlace();
  const box = pictureBox(pixels);
  const address = bytes.state === "stored" ? filePath(sessionId, bytes.file_id) : undefined;
  return (
    <figure aria-label={`Picture ${name}`} className="max-w-full">
      <div
        className="relative min-h-11 min-w-11 max-w-full overflow-hidden rounded-lg border bg-muted"
        style={{ width: box.width, aspectRatio: `${box.width} / ${box.height}`, maxHeight: box.height }}
      >
        {address === undefined ? <Words text={bytesWords(block) ?? ""} /> : <Shown name={name} address={address} />}
      </div>
      <figcaption className="mt-1 flex max-w-full gap-1.5 text-muted-foreground text-xs">
        <span className="truncate">{name}</span>
        <span className="shrink-0">· {sizeWords(size)}</span>
      </figcaption>
    </figure>
  );
}

interface ShownProps {
  readonly name: string;
  readonly address: string;
}

function Shown({ name, address }: ShownProps) {
  const [open, setOpen] = useState(false);
  const [failed, setFailed] = useState(false);
  if (failed) {
    return (
      <button type="button" className="size-full hover:bg-accent" onClick={() => setFailed(false)}>
        <Words text="It is gone, or the hub is away. Try again" />
      </button>
    );
  }
  return (
    <>
      <button type="button" aria-label={`Open ${name}`} className="absolute inset-0 cursor-zoom-in" onClick={() => setOpen(true)}>
        <Image unoptimized fill src={address} alt={name} className="object-contain" onError={() => setFailed(true)} />
      </button>
      <Dialog open={open} onOpenChange={setOpen}>
        <DialogContent title={name} className="max-h-[94dvh] sm:top-[3dvh] sm:w-[min(80rem,calc(100vw-2rem))]">
          <div className="relative mx-4 my-3 h-[72dvh]">
            <Image unoptimized fill src={address} alt={name} className="object-contain" />
          </div>
          <Button asChild variant="outline" className="mx-4 mb-4">
            <a href={address} download={name}>
              <Download aria-hidden /> Download
            </a>
          </Button>
        </DialogContent>
      </Dialog>
    </>
  );
}

function Words({ text }: { readonly text: string }) {
  return <p className="flex size-full items-center justify-center p-2 text-center text-muted-foreground text-xs">{text}</p>;
}
