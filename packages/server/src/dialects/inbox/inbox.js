// The inbox in the browser. Everything a message says is put in as text, never as markup; its HTML is shown in a frame
// that runs nothing.
const base = new URL('.', document.currentScript.src)
const element = (id) => document.getElementById(id)
const state = { messages: [], chosen: location.hash.slice(1), tab: 'html', filter: '', rounds: 0 }

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

function make(name, className, text) {
  const made = document.createElement(name)
  made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

function shown() {
  const wanted = state.filter.toLowerCase()
  return state.messages.filter(({ to, subject, template }) =>
    `${to} ${subject} ${template}`.toLowerCase().includes(wanted),
  )
}

function summaryOf(message) {
  return message.subject === '' ? message.text : message.subject
}

function rowOf(message) {
  const row = make('button', 'row')
  row.type = 'button'
  row.setAttribute('aria-current', String(message.id === state.chosen))
  const top = make('span', 'top')
  top.append(make('span', 'to', message.to), make('time', 'time', time.format(new Date(message.at))))
  const bottom = make('span', 'bottom')
  bottom.append(make('span', 'tag', message.channel === 'sms' ? 'SMS' : message.template.replaceAll('_', ' ')))
  if (message.code !== null) bottom.append(make('span', 'tag strong', message.code))
  row.append(top, make('span', 'subject', summaryOf(message)), bottom)
  row.addEventListener('click', () => choose(message.id))
  return row
}

function choose(id) {
  state.chosen = id
  history.replaceState(null, '', `#${id}`)
  draw()
}

function drawTab(message) {
  const hasHtml = message.html !== ''
  const tab = hasHtml ? state.tab : 'text'
  for (const name of ['html', 'text']) {
    element(name).hidden = tab !== name
    element(`tab-${name}`).setAttribute('aria-selected', String(tab === name))
  }
  element('tab-html').disabled = !hasHtml
  const source = hasHtml ? new URL(`messages/${encodeURIComponent(message.id)}/html`, base).href : 'about:blank'
  // Setting the same address again would load the frame again.
  if (element('html').getAttribute('src') !== source) element('html').setAttribute('src', source)
  element('text').textContent = message.text
}

function drawMessage(message) {
  element('message').hidden = message === undefined
  element('empty').hidden = state.messages.length > 0
  if (message === undefined) return
  element('subject').textContent = message.subject === '' ? 'Text message' : message.subject
  element('facts').textContent = `To ${message.to} · ${dayAndTime.format(new Date(message.at))} · ${message.template}`
  const canOpen = message.link !== null && /^https?:\/\//i.test(message.link)
  element('link').hidden = !canOpen
  if (canOpen) element('link').href = message.link
  else element('link').removeAttribute('href')
  element('copy').hidden = message.code === null
  element('code').textContent = message.code ?? ''
  drawTab(message)
}

function draw() {
  const rows = shown()
  const focused = document.activeElement?.classList.contains('row') === true
  element('list').replaceChildren(...rows.map(rowOf))
  element('count').textContent = state.messages.length === 0 ? '' : String(state.messages.length)
  document.title = state.messages.length === 0 ? 'Inbox' : `Inbox (${state.messages.length})`
  const chosen = rows.find(({ id }) => id === state.chosen) ?? rows[0]
  if (chosen !== undefined && chosen.id !== state.chosen) return choose(chosen.id)
  drawMessage(chosen)
  if (focused) element('list').querySelector('[aria-current="true"]')?.focus()
}

/** Asks for what is new; every tenth time, and when asked to, for everything. */
async function refresh(everything) {
  const newest = state.messages[0]?.id
  const whole = everything || newest === undefined || state.rounds % 10 === 0
  state.rounds += 1
  const url = new URL('messages', base)
  if (!whole) url.searchParams.set('after', newest)
  const answer = await fetch(url, { cache: 'no-store' })
  if (!answer.ok) return
  const { items } = await answer.json()
  const before = state.messages.map(({ id }) => id).join()
  const wasNewest = state.chosen === '' || state.chosen === newest
  state.messages = whole ? items : [...items, ...state.messages]
  // Whoever looks at the newest message wants to see the next one, too.
  if (wasNewest && state.messages[0] !== undefined) state.chosen = state.messages[0].id
  if (before !== state.messages.map(({ id }) => id).join()) draw()
}

async function keepFresh() {
  if (document.visibilityState === 'visible') await refresh(false).catch(() => undefined)
  setTimeout(keepFresh, 1500)
}

async function copyCode() {
  const code = element('code').textContent
  try {
    await navigator.clipboard.writeText(code)
  } catch {
    // Without a secure context there is no clipboard: mark the code, so that the keyboard can copy it.
    getSelection().selectAllChildren(element('code'))
    return
  }
  element('copy').classList.add('done')
  setTimeout(() => element('copy').classList.remove('done'), 1200)
}

function move(event) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  event.preventDefault()
  const rows = shown()
  const at = rows.findIndex(({ id }) => id === state.chosen) + (event.key === 'ArrowDown' ? 1 : -1)
  if (rows[at] !== undefined) choose(rows[at].id)
}

element('search').addEventListener('input', (event) => {
  state.filter = event.target.value
  draw()
})
element('clear').addEventListener('click', async () => {
  await fetch(new URL('messages', base), { method: 'DELETE' })
  state.chosen = ''
  history.replaceState(null, '', location.pathname)
  await refresh(true)
})
element('copy').addEventListener('click', copyCode)
element('list').addEventListener('keydown', move)
for (const name of ['html', 'text']) {
  element(`tab-${name}`).addEventListener('click', () => {
    state.tab = name
    draw()
  })
}
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') refresh(true).catch(() => undefined)
})
draw()
void keepFresh()
