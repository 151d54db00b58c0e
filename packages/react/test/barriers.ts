import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Found {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

interface Axe {
  run(options: object): Promise<{ violations: readonly Found[]; passes: readonly Found[] }>
}

/** What keeps somebody out of a page, by the rules that a machine can check (WCAG 2.2 AA, and good practice). */
export async function barriers(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source })
  return page.evaluate(async () => {
    // The page around the forms is no app: it has no heading and no regions of its own.
    const rules = { 'page-has-heading-one': { enabled: false }, region: { enabled: false } }
    const { violations, passes } = await (globalThis as unknown as { axe: Axe }).axe.run({ rules })
    if (passes.length < 10) throw new Error('hardly a rule had anything to say')
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    )
  })
}
