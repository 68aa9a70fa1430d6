/**
 * Who answers a program's questions to its terminal (what it is, where its cursor is): exactly one. That is the screen of whoever held the
 * terminal when it asked, which knows its own colours and fonts, and the runtime's own where nobody did, so that a program that a script
 * started does not wait for ever. The runtime's own answers as well for a holder that does not come to draw the question.
 */

/** A holder that has not drawn a question after so long (ms) is answered for: it was cut off, or is not looked at. */
const PATIENCE_MS = 5_000;
/** Questions that are remembered; beyond it the oldest is answered. */
const MOST_REMEMBERED = 64;
/** The ends of all that a terminal is asked with. */
const QUESTION_ENDS = new RegExp(`${String.fromCharCode(0x1b)}(?:\\[[^@-~]*[cnpq]|\\\\)`, "g");

/** One that draws the output, and answers what it draws while it holds the terminal. */
export interface Answerer {
  readonly viewer_id: string;
  /** Whether it has drawn the output before this position, will, or never will as something new. */
  fate(position: number): "drawn" | "coming" | "never";
}

export interface QuestionsOptions {
  readonly viewers: () => Iterable<Answerer>;
  /** Gives the program the answer of the runtime's own screen. */
  readonly answer: (text: string) => void;
  /** Up to where in the output all questions were told. */
  readonly told: () => number;
}

export interface Questions {
  /** Whoever holds the terminal while it writes what comes after this position answers that; undefined: nobody holds it. */
  holds(holder: Answerer | undefined, position: number): void;
  /** The program asks, in output that ends at this position, and would be answered so. */
  asked(position: number, answer: string): void;
  /** The viewer has drawn more, or leaves something out. */
  moved(viewer: Answerer): void;
  /** The viewer that had this name before is back; it was sent all before `seen`, and answered that then or does so now. */
  back(viewer: Answerer, seen: number): void;
  /** Where in a viewer's input an answer stands that the program must not be given, for it was answered; undefined: nowhere. */
  doubled(viewerId: string, input: Uint8Array): { readonly start: number; readonly end: number } | undefined;
  /** The program has ended. */
  stop(): void;
}

interface Question {
  readonly position: number;
  readonly answer: string;
  /** When it is answered here, if it was not drawn by then (ms of the clock). */
  readonly due: number;
  /** Whether it was answered here. */
  isAnswered: boolean;
  /** Those who may answer it still, each at most once. */
  readonly owing: Set<Answerer>;
}

export function createQuestions(options: QuestionsOptions): Questions {
  let questions: Question[] = [];
  /** Who held the terminal from where on. */
  let holders: { readonly from: number; readonly holder: Answerer | undefined }[] = [];
  /** What became of viewers that left. */
  const returned = new WeakMap<Answerer, { readonly viewer: Answerer; readonly seen: number }>();
  let timer: NodeJS.Timeout | undefined;

  function holderAt(position: number): Answerer | undefined {
    return holders.findLast(({ from }) => from < position)?.holder;
  }

  function answer(question: Question): void {
    options.answer(question.answer);
    noteAnswered(question);
  }

  function noteAnswered(question: Question): void {
    question.isAnswered = true;
    // One who draws it later and holds the terminal then would answer again.
    for (const viewer of options.viewers()) if (viewer.fate(question.position) === "coming") question.owing.add(viewer);
  }

  /** The terminal has another holder than the one who was to answer, or none while that one is still there: it will not answer any more. */
  function hand(question: Question, next: Answerer | undefined): void {
    if (question.isAnswered || (next !== undefined && question.owing.has(next))) return;
    const isThere = [...options.viewers()].filter((viewer) => question.owing.delete(viewer)).length > 0;
    if (next?.fate(question.position) === "coming") question.owing.add(next);
    else if (next !== undefined || isThere) answer(question);
  }

  /** What is known now of one who owes an answer. */
  function review(question: Question, viewer: Answerer): void {
    const { position, owing } = question;
    const back = returned.get(viewer);
    const fate = back === undefined ? viewer.fate(position) : back.seen >= position ? "drawn" : "never";
    if (fate === "coming") return;
    owing.delete(viewer);
    if (question.isAnswered) {
      // Its answer waits among its keys, which it sends before it draws anything.
      if (back !== undefined && fate === "drawn") owing.add(back.viewer);
    } else if (fate === "drawn") noteAnswered(question);
    else if (owing.size === 0) answer(question);
  }

  function settle(): void {
    for (const question of questions.slice(0, -MOST_REMEMBERED)) if (!question.isAnswered) answer(question);
    questions = questions.filter(({ owing }) => owing.size > 0).slice(-MOST_REMEMBERED);
    clearTimeout(timer);
    const next = questions.find(({ isAnswered }) => !isAnswered);
    if (next !== undefined) timer = setTimeout(answerLate, Math.max(0, next.due - performance.now()));
  }

  function answerLate(): void {
    const now = performance.now();
    for (const question of questions) if (!question.isAnswered && question.due <= now) answer(question);
    settle();
  }

  return {
    holds(holder, position) {
      const told = options.told();
      const oldest = holders.findLastIndex(({ from }) => from <= told);
      holders = holders.slice(Math.max(0, oldest)).filter(({ from }) => from < position);
      holders.push({ from: position, holder });
      for (const question of questions) hand(question, holder);
      settle();
    },
    asked(position, text) {
      const holder = holderAt(position);
      const due = performance.now() + PATIENCE_MS;
      const question: Question = { position, answer: text, due, isAnswered: false, owing: new Set() };
      if (holder === undefined) answer(question);
      else {
        question.owing.add(holder);
        review(question, holder);
        const now = holders.at(-1)?.holder;
        if (now !== holder) hand(question, now);
      }
      questions.push(question);
      settle();
    },
    moved(viewer) {
      if (questions.length === 0) return;
      for (const question of questions) if (question.owing.has(viewer)) review(question, viewer);
      settle();
    },
    back(viewer, seen) {
      const left = [...holders.map(({ holder }) => holder), ...questions.flatMap(({ owing }) => [...owing])];
      for (const one of left) {
        const isSame = one !== undefined && one !== viewer && one.viewer_id === viewer.viewer_id;
        // What it was sent later, when it came back, was nothing new to it.
        if (isSame && !returned.has(one)) returned.set(one, { viewer, seen });
      }
      for (const question of questions) for (const one of [...question.owing]) if (returned.has(one)) review(question, one);
      settle();
    },
    doubled(viewerId, input) {
      for (const { isAnswered, owing, answer: text } of questions) {
        const viewer = isAnswered ? [...owing].find(({ viewer_id }) => viewer_id === viewerId) : undefined;
        const found = viewer === undefined ? null : likeOf(text).exec(Buffer.from(input).toString("latin1"));
        if (viewer === undefined || found === null) continue;
        owing.delete(viewer);
        return { start: found.index, end: found.index + found[0].length };
      }
      return undefined;
    },
    stop() {
      clearTimeout(timer);
      questions = [];
    },
  };
}

/** Cuts output behind each question, so that its place is known when it is parsed. */
export function cutAtQuestions(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  const text = bytes.includes(0x1b) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1") : "";
  for (const { index, 0: question } of text.matchAll(QUESTION_ENDS)) {
    pieces.push(bytes.subarray(start, index + question.length));
    start = index + question.length;
  }
  if (start < bytes.length || start === 0) pieces.push(bytes.subarray(start));
  return pieces;
}

/** Matches what another terminal would answer to the same question: only numbers differ. */
function likeOf(answer: string): RegExp {
  const literal = answer.replace(/[^\w\s]/g, "\\$&");
  return new RegExp(literal.replace(/(?:\d|\\;)+/g, "[\\d;]*"));
}
