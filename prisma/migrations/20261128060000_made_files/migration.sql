-- AlterTable
ALTER TABLE "File" ADD COLUMN "sha256" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "File_sessionId_sha256_key" ON "File"("sessionId", "sha256");
