import { rolldown } from 'rolldown'

/** A module as a browser loads it, with all it imports: one script. @param define what stands for a name in it */
export async function bundled(module: string, define: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = '\0entry'
  const bundle = await rolldown({
    input: name,
    platform: 'browser',
    cwd: import.meta.dirname,
    transform: { define },
    plugins: [{ name, resolveId: (id) => (id === name ? id : null), load: (id) => (id === name ? module : null) }],
  })
  const { output } = await bundle.generate({ format: 'iife' })
  await bundle.close()
  return output[0].code
}
