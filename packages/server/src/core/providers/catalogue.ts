// Data: the providers that come with the server, one line each.
import { apple } from './built-in/apple.ts'
import { azure } from './built-in/azure.ts'
import { facebook } from './built-in/facebook.ts'
import { github } from './built-in/github.ts'
import { google } from './built-in/google.ts'
import { kakao } from './built-in/kakao.ts'
import type { Provider } from './provider.ts'

/** Every built-in provider, by its id in alphabetical order. To add one: its file in `built-in/` and its line here. */
export const catalogue: readonly Provider[] = [
  apple, //
  azure,
  facebook,
  github,
  google,
  kakao,
]
