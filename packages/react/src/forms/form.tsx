import { type FormEvent, type ReactElement, type ReactNode, useEffect, useId, useRef } from 'react'
import type { Work } from './use-work.ts'

export interface FormProps {
  readonly title: string
  readonly work: Work
  /** What the button says. */
  readonly action: string
  /** What it says while it works. */
  readonly acting: string
  onSubmit(): void
  /** What stands above the fields. */
  readonly before?: ReactNode
  /** What stands below the button. */
  readonly after?: ReactNode
  /** Gets the id of the refusal, while there is one. */
  readonly fields: (refusalId: string | undefined) => ReactNode
}

/** A titled form. What was refused is read out at once, and typing goes on in the field before the button. */
export function Form({ title, work, action, acting, onSubmit, before, after, fields }: FormProps): ReactElement {
  const id = useId()
  const form = useRef<HTMLFormElement>(null)
  const { busy, refusal } = work
  useEffect(() => {
    if (refusal === '' || busy) return
    const inputs = form.current?.querySelectorAll('input')
    inputs?.[inputs.length - 1]?.focus()
  }, [refusal, busy])

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    onSubmit()
  }

  return (
    <section className="ww-card" aria-labelledby={`${id}-title`}>
      <h2 className="ww-title" id={`${id}-title`}>
        {title}
      </h2>
      {before}
      <form className="ww-form" ref={form} onSubmit={submit} aria-busy={busy} aria-labelledby={`${id}-title`}>
        <div className="ww-refusal" id={`${id}-refusal`} role="alert" aria-live="assertive">
          {refusal}
        </div>
        {fields(refusal === '' ? undefined : `${id}-refusal`)}
        <button className="ww-button ww-primary" type="submit" disabled={busy}>
          {busy ? acting : action}
        </button>
      </form>
      {after}
    </section>
  )
}
