/**
 * Calls back for events of these names. Capturing, so that what happens to the document is heard at its window.
 * @returns the way to stop
 */
export function hear<E extends Event>(target: EventTarget, names: string[], heard: (event: E) => void): () => void {
  const listener = heard as (event: Event) => void
  for (const name of names) target.addEventListener(name, listener, true)
  return () => {
    for (const name of names) target.removeEventListener(name, listener, true)
  }
}
