/** The prepared database of the build, so that a test waits for no initdb. */
export const snapshot = new URL('../../dist/storage/snapshot.tar.gz', import.meta.url)
