/** Whether answers fit the questions of an agent. */
import { AppError, type ApprovalAnswers, type ApprovalOption, type ApprovalQuestion, isAllowing } from "@fairlead/protocol";

/** An allowing option needs an answer to each question, any other none. Throws INVALID_INPUT that names the question at fault. */
export function checkAnswers(questions: readonly ApprovalQuestion[], option: ApprovalOption, answers: ApprovalAnswers | undefined): void {
  if (questions.length === 0 || !isAllowing(option.kind)) {
    if (answers === undefined || Object.keys(answers).length === 0) return;
    throw fault(questions.length === 0 ? "this approval has no questions" : `"${option.label}" takes no answers`);
  }
  const given = new Map(Object.entries(answers ?? {}));
  for (const question of questions) {
    checkOne(question, given.get(question.id) ?? []);
    given.delete(question.id);
  }
  for (const id of given.keys()) throw fault(`there is no question "${id}"`);
}

function checkOne({ id, choices, multiple, free_text }: ApprovalQuestion, said: readonly string[]): void {
  if (said.length === 0 || said.some((text) => text.trim() === "")) throw fault(`the question "${id}" needs an answer`);
  if (said.length > 1 && !multiple) throw fault(`the question "${id}" takes one answer`);
  const unknown = said.find((text) => !choices.some(({ label }) => label === text));
  if (unknown === undefined || free_text) return;
  throw fault(`the question "${id}" offers ${choices.map(({ label }) => label).join(", ")}`);
}

function fault(text: string): AppError {
  return new AppError("INVALID_INPUT", `answers: ${text}`);
}
