import type { Call } from '../operation.ts'
import { Raw } from '../operation.ts'

/** GET /openapi.json */
export function showOpenApi({ native }: Call) {
  return new Raw(native.documents.openApi())
}

/** GET /docs */
export function showDocs({ native }: Call) {
  return new Raw(native.documents.page())
}
