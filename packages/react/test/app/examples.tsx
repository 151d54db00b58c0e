import * as offered from '@watchword/react'
import { AuthProvider, useAuth } from '@watchword/react'
import type { ReactElement } from 'react'
import * as React from 'react'
import { createRoot } from 'react-dom/client'
import { beginTrial, type Given, type Ready, type Trial } from '../../../client/test/examples/trial.ts'

/** An example, and what it takes for granted. */
export interface Shown {
  readonly code: Ready
  /** `inside`: while a component renders. `element`: what it makes is shown below a provider; `alone`: below none. */
  readonly as: 'inside' | 'element' | 'alone' | 'deed'
  readonly given: Given
}

const { url } = JSON.parse(document.querySelector('#set-up')?.textContent ?? '{}') as { url: string }
const page = window as unknown as {
  trial: Trial | undefined
  service: offered.AuthService
  begin(ready: Shown): Promise<void>
}

function Who(): ReactElement {
  const { session, loading, service } = useAuth()
  page.service = service
  return <p id="state">{loading ? 'loading' : (session?.user.email ?? 'nobody')}</p>
}

const begin = ({ code, given }: Shown): Trial => {
  const navigate = (to: string) => history.pushState(null, '', to)
  const trial = beginTrial(code, { ...offered, React, App: Who, navigate, service: page.service, ...given })
  trial.ended.catch(() => {})
  page.trial = trial
  return trial
}

/** Runs the example once, in the middle of rendering; what it looks at is looked at whenever it renders again. */
function Inside({ ready }: { readonly ready: Shown }): null {
  const look = page.trial === undefined ? () => begin(ready) : useAuth
  look()
  return null
}

const root = createRoot(document.querySelector('#app') ?? document.body)
const below = (children: ReactElement | null) => (
  <AuthProvider url={url}>
    <Who />
    {children}
  </AuthProvider>
)
root.render(below(null))

page.begin = async (ready) => {
  if (ready.as === 'inside') return root.render(below(<Inside ready={ready} />))
  const named = await begin(ready).ended.catch(() => undefined)
  const element = named?.['element'] as ReactElement | undefined
  if (ready.as === 'alone') root.render(element)
  if (ready.as === 'element' && element !== undefined) root.render(below(element))
}
