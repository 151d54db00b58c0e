import type { ChangeEvent, HTMLInputTypeAttribute, ReactElement } from 'react'

export interface FieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  onValue(value: string): void
  readonly type?: HTMLInputTypeAttribute
  readonly autoComplete: string
  readonly disabled: boolean
  /** The id of what describes it: the refusal it has caused. */
  readonly describedBy?: string | undefined
  readonly isWrong?: boolean
  readonly inputMode?: 'numeric' | 'text'
  readonly required?: boolean
}

/** A labelled input. */
export function Field({ label, onValue, describedBy, isWrong, required = true, ...input }: FieldProps): ReactElement {
  return (
    <div className="ww-field">
      <label className="ww-label" htmlFor={input.id}>
        {label}
      </label>
      <input
        {...input}
        className="ww-input"
        name={input.autoComplete.split(' ')[0]}
        required={required}
        aria-invalid={isWrong === true}
        aria-describedby={describedBy}
        onChange={(event: ChangeEvent<HTMLInputElement>) => onValue(event.target.value)}
      />
    </div>
  )
}
