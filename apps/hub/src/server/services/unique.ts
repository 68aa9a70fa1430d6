/** Telling a broken unique key, which somebody else's success explains, from every other fault of the database. */

/** Prisma's code for it is the same with every database. */
export function isUniqueViolation(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code === "P2002";
}
