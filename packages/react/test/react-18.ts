import type { ReactText } from 'react'

/** Gone from the types of React 19: proof that the sources are read with those of 18 here. */
export type OnlyIn18 = ReactText
