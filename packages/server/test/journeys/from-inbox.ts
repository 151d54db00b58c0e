import type { BrowserContext, Page } from 'playwright-core'
import type { World } from '../world/world.ts'

/** Finds the newest message in the inbox page and follows its link, as a person does. */
export async function openFromInbox(
  context: BrowserContext,
  world: World,
  to: string,
  template: string,
): Promise<Page> {
  await world.inbox.waitFor(to, template)
  const inbox = await context.newPage()
  await inbox.goto(`${world.url}/inbox`)
  await inbox.getByText(to).first().click()
  const [opened] = await Promise.all([
    context.waitForEvent('page'),
    inbox.getByRole('link', { name: /open link/i }).click(),
  ])
  return opened
}
