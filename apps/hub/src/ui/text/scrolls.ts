/** What every region that scrolls by itself carries: without it a keyboard cannot get there. */
export const SCROLLS = { tabIndex: 0 } as const;
