/** Types of `failures.mjs`, which runs before anything is installed and so is plain JavaScript. */

export interface Failure {
  readonly name: string;
  readonly lines: readonly string[];
}

export function vitestFailures(report: object, root: string): Failure[];
export function playwrightFailures(report: object, root: string): Failure[];
export function failure(name: string, message?: string, root?: string): Failure;
export function stepFailure(name: string, output: string, most: number): Failure;
export function tellFailures(failures: readonly Failure[], most?: number): string[];
