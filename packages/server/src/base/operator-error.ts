/** A failure that whoever runs the server can mend: its message is whole sentences that say what is wrong and what to do. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}
