import type { ReactElement } from 'react'
import { Field, type FieldProps } from './field.tsx'

/** Where a code is typed or filled in by the phone. */
export function CodeField({
  label = 'Code',
  ...rest
}: Omit<FieldProps, 'label' | 'autoComplete'> & { readonly label?: string }): ReactElement {
  const isWrong = rest.describedBy !== undefined
  return <Field {...rest} label={label} autoComplete="one-time-code" isWrong={isWrong} />
}
