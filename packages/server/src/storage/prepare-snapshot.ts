import { writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { migrate } from './migrate.ts'

/** Where a build leaves the prepared data directory and a first start finds it. */
export const snapshotFile = new URL('./snapshot.tar.gz', import.meta.url)

/** Makes an empty, migrated database once and packs it, so that a first start unpacks instead of running initdb. */
export async function prepareSnapshot(target: URL = snapshotFile): Promise<void> {
  const engine = await PGlite.create()
  await migrate({
    kind: 'embedded',
    query: async (statement) => (await engine.query(statement.text, [...statement.values])).rows as never,
    transaction: () => Promise.reject(new Error('migrations are scripts')),
    script: async (text) => {
      await engine.exec(`begin; ${text}; commit`)
    },
    close: () => engine.close(),
  })
  const packed = await engine.dumpDataDir('gzip')
  await engine.close()
  await writeFile(target, Buffer.from(await packed.arrayBuffer()))
}
