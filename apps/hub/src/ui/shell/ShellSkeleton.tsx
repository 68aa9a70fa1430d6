/** What is seen before the app is there: its outline, so that nothing jumps when it comes. */
import { Mark } from "../brand/Mark.tsx";

export function ShellSkeleton() {
  return (
    <div role="status" aria-label="Loading Fairlead" className="flex h-dvh">
      <div className="flex w-full flex-col bg-panel md:w-80 md:border-r">
        <div className="flex items-center gap-2.5 px-4 py-3">
          <span className="flex min-h-11 items-center gap-2.5 md:min-h-9">
            <Mark />
            <span className="font-semibold text-[1.0625rem] tracking-tight">Fairlead</span>
          </span>
        </div>
      </div>
    </div>
  );
}
