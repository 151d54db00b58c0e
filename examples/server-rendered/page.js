import { createElement as h } from 'react'

const field = (label, name, type, autoComplete) =>
  h('p', null, h('label', null, label, ' ', h('input', { name, type, autoComplete, required: true })))

const button = (label, action) => h('button', { type: 'submit', formAction: action }, label)

const form = (...children) => h('form', { method: 'post' }, ...children)

const door = () =>
  form(
    field('E-mail', 'email', 'email', 'email'),
    field('Password', 'password', 'password', 'current-password'),
    button('Sign in', '/sign-in'),
    button('Sign up', '/sign-up'),
  )

const step = () => form(field('Code', 'code', 'text', 'one-time-code'), button('Go on', '/answer'))

/** The page, by who is signed in and what was begun. */
export function page({ user, attempt, refusal }) {
  const title = 'Watchword, rendered on a server'
  return h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charSet: 'utf-8' }),
      h('title', null, title),
      h('link', { rel: 'icon', href: 'data:,' }),
    ),
    h(
      'body',
      null,
      h('h1', null, title),
      h('p', null, 'Signed in: ', h('output', { id: 'who' }, user?.email ?? 'nobody')),
      h('p', { id: 'said', role: 'alert' }, refusal),
      user ? form(button('Sign out', '/sign-out')) : attempt ? step() : door(),
    ),
  )
}
