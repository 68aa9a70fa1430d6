/** Questions one at a time, over the whole of a phone's screen: all that is asked scrolls, the answers stay under the thumb. */
"use client";
import type { ApprovalBlock } from "@fairlead/client";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { AskCard } from "./AskCard.tsx";
import { useAskStage } from "./ask-stage.tsx";
import { cardOfBlock } from "./card-ask.ts";

interface AskSheetProps {
  /** Those open when the sheet was opened, in their present state, and those that came since. */
  readonly asks: readonly ApprovalBlock[];
  readonly onClose: () => void;
}

export function AskSheet({ asks, onClose }: AskSheetProps) {
  const [at, setAt] = useState(0);
  const index = Math.min(at, asks.length - 1);
  const block = asks[index];
  const left = asks.filter((ask) => ask.status === "open").length;
  if (block === undefined) return null;
  const next = asks.findIndex((ask, place) => ask.status === "open" && place !== index);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title={asks.length === 1 ? "The agent asks" : `Question ${index + 1} of ${asks.length}`}
        className="max-h-[94dvh] sm:top-[5vh] sm:w-[min(42rem,calc(100vw-2rem))]"
        // The keys reach the answers; nothing is chosen beforehand.
        onOpenAutoFocus={(event) => event.preventDefault()}
      >
        {asks.length > 1 && (
          <nav aria-label="Questions" className="flex gap-2 px-4 pb-2">
            <Button variant="outline" size="small" disabled={index === 0} onClick={() => setAt(index - 1)}>
              <ChevronLeft aria-hidden /> Before
            </Button>
            <Button variant="outline" size="small" disabled={index === asks.length - 1} onClick={() => setAt(index + 1)}>
              Next <ChevronRight aria-hidden />
            </Button>
          </nav>
        )}
        <SheetCard block={block} />
        {block.status !== "open" && (
          <div className="bg-popover px-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
            {left > 0 && next >= 0 ? (
              <Button className="w-full" onClick={() => setAt(next)}>
                Next question ({left} left)
              </Button>
            ) : (
              <Button className="w-full" variant="outline" onClick={onClose}>
                Done
              </Button>
            )}
          </div>
        )}
      </DialogContent>
    </Dialog>
  );
}

function SheetCard({ block }: { readonly block: ApprovalBlock }) {
  const { session_id, origin, mayAnswer } = useAskStage();
  const ask = useMemo(() => cardOfBlock(session_id, block), [session_id, block]);
  return <AskCard key={block.approval_id} ask={ask} origin={origin} mayAnswer={mayAnswer} place="sheet" />;
}
