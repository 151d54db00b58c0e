import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'

const question = 'watchword:metrics'

interface Question {
  readonly type: typeof question
  readonly id: number
}

interface Answer extends Question {
  readonly text?: string
}

/**
 * Metrics of all workers together: whoever reads them meets one worker by chance, and counters that jump are of no use.
 * @returns reads them through the primary process; the worker's own where that does not answer
 */
export function joinFleet(registry: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries([registry])
  new AggregatorRegistry()
  const waiting = new Map<number, (answer: Answer) => void>()
  const counter = { last: 0 }
  process.on('message', (message: unknown) => {
    if (isOurs(message)) waiting.get(message.id)?.(message)
  })
  return async () => {
    const id = ++counter.last
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve)
      process.send?.({ type: question, id } satisfies Question)
    })
    waiting.delete(id)
    return answer.text ?? registry.metrics()
  }
}

/** Lets the primary process answer its workers. */
export function answerFleet(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', (worker: Worker, message: unknown) => {
    if (!isOurs(message)) return
    const { type, id } = message
    const send = (text: object) => worker.isConnected() && worker.send({ type, id, ...text })
    all.clusterMetrics().then(
      (text) => send({ text }),
      () => send({}),
    )
  })
}

function isOurs(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === question
}
