-- AlterTable
ALTER TABLE "Approval" ADD COLUMN      "rule" TEXT;
