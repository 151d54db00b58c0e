/** Something about a setting that stops the start (`mistake`) or is merely said (`warning`). */
export interface Finding {
  readonly kind: 'mistake' | 'warning'
  /** The setting's path. */
  readonly path: string
  /** Reads on from the setting's name. */
  readonly problem: string
}

/** A finding that stops the start. */
export const mistake = (path: string, problem: string): Finding => ({ kind: 'mistake', path, problem })
/** A finding that is merely said. */
export const warning = (path: string, problem: string): Finding => ({ kind: 'warning', path, problem })

/** The finding where a condition holds, nothing elsewhere. */
export const when = (holds: boolean, finding: Finding): readonly Finding[] => (holds ? [finding] : [])
