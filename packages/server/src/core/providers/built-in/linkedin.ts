import type { Provider } from '../provider.ts'
import { linkedinOidc } from './linkedin-oidc.ts'

/** The older name: the product it stood for is gone, and people have the same ids in the one that took its place. */
export const linkedin: Provider = { ...linkedinOidc, id: 'linkedin' }
