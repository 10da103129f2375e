async function work() {
  await prisma.$queryRaw`SELECT 1` // taken and released by itself
  await prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1` // released when this ends
    },
    { maxWait: 5_000, timeout: 5_000 }, // for a free one, and for all of it
  )
}
