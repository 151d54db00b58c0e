import type { Core } from '../../core/core.ts'

// Far longer than any difference between somebody and nobody, far shorter than anybody notices.
const stepMs = 25

/**
 * Does what must not tell by its duration whether anybody is there: the answer, yes or no, leaves at a whole step of time
 * after the beginning, and what was queued leaves after the answer.
 * @param work gets the core to work with
 */
export async function evenly<T>(core: Core, work: (core: Core) => Promise<T>): Promise<T> {
  const queued = { some: false }
  const wakeOutbox = () => {
    queued.some = true
  }
  const doing = work(Object.create(core, { wakeOutbox: { value: wakeOutbox } }))
  await wholeSteps(doing)
  if (queued.some) core.wakeOutbox()
  return doing
}

/** As {@link evenly} for a no; a yes leaves at once. */
export async function refuseEvenly<T>(work: () => Promise<T>): Promise<T> {
  const doing = work()
  const even = wholeSteps(doing)
  return doing.catch(async (error: unknown) => {
    await even
    throw error
  })
}

async function wholeSteps(doing: Promise<unknown>): Promise<void> {
  let done = false
  const end = () => {
    done = true
  }
  doing.then(end, end)
  while (!done) await new Promise((resolve) => setTimeout(resolve, stepMs))
}
