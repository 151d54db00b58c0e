import { escapeHtml } from '../../../base/escape-html.ts'
import type { ActionSentences, MessageSentences, Sentences } from './sentences.ts'
import {
  type ActionName,
  actionNames,
  type NoticeName,
  type SmsName,
  smsNames,
  type TemplateName,
} from './template-names.ts'

/** The three sources of a message in the template language; a text for a telephone has the last alone. */
export interface TemplateSource {
  readonly subject: string
  readonly html: string
  readonly text: string
}

/** Puts the sentences of one language into the layout that all built-in messages share. */
export function layOut(name: TemplateName, sentences: Sentences): TemplateSource {
  if (isSms(name))
    return { subject: '', html: '', text: name === 'sms_code' ? sentences.smsCode : sentences.smsPhoneChanged }
  if (isAction(name)) {
    const words = sentences.actions[name === 'sign_in_code' ? 'sign_in' : name]
    return { subject: words.subject, html: actionHtml(words, sentences), text: actionText(words, sentences) }
  }
  const words = sentences.notices[name]
  // The mail about a second sign-up belongs to somebody who did nothing yet: there is nothing to undo.
  const tail = name === 'already_registered' ? sentences.ignore : sentences.notYou
  return { subject: words.subject, html: noticeHtml(words, sentences, tail), text: noticeText(words, sentences, tail) }
}

function isSms(name: TemplateName): name is SmsName {
  return (smsNames as readonly string[]).includes(name)
}

function isAction(name: ActionName | NoticeName): name is ActionName {
  return (actionNames as readonly string[]).includes(name)
}

function actionText(words: ActionSentences, say: Sentences): string {
  return `${words.title}

${greeting(say)}

${words.lead}
{{#link}}
${words.button}${say.colon.trimEnd()}
{{ link }}

{{#linkLifetime}}${say.linkLifetime}
{{/linkLifetime}}{{/link}}{{#code}}
{{#link}}${say.orCode}{{/link}}{{^link}}${say.onlyCode}{{/link}}

{{ code }}

{{#codeLifetime}}${say.codeLifetime} {{/codeLifetime}}${say.neverShare}
{{/code}}
${say.ignore}

-- 
{{ appName }}
`
}

function noticeText(words: MessageSentences, say: Sentences, tail: string): string {
  return `${words.title}

${greeting(say)}

${words.lead}
{{#when}}
${say.when}${say.colon}{{ when }}{{/when}}{{#device}}
${say.device}${say.colon}{{ device }}{{/device}}{{#ip}}
${say.ip}${say.colon}{{ ip }}{{/ip}}

${tail}
{{#siteUrl}}
${say.toTheSite}${say.colon.trimEnd()}
{{ siteUrl }}
{{/siteUrl}}
-- 
{{ appName }}
`
}

function greeting(say: Sentences): string {
  return `{{#displayName}}${say.helloName}{{/displayName}}{{^displayName}}${say.hello}{{/displayName}}`
}

function actionHtml(words: ActionSentences, say: Sentences): string {
  return page(
    words,
    say,
    `{{#link}}<p class="act"><a class="button" href="{{ link }}">${escapeHtml(words.button)}</a></p>
{{#linkLifetime}}<p class="small">${escapeHtml(say.linkLifetime)}</p>{{/linkLifetime}}{{/link}}
{{#code}}<p>{{#link}}${escapeHtml(say.orCode)}{{/link}}{{^link}}${escapeHtml(say.onlyCode)}{{/link}}</p>
<p class="code" translate="no">{{ code }}</p>
<p class="small">{{#codeLifetime}}${escapeHtml(say.codeLifetime)} {{/codeLifetime}}${escapeHtml(say.neverShare)}</p>{{/code}}
{{#link}}<p class="small">${escapeHtml(say.writtenLink)}<br><a class="plain" href="{{ link }}">{{ link }}</a></p>{{/link}}`,
    say.ignore,
  )
}

function noticeHtml(words: MessageSentences, say: Sentences, tail: string): string {
  return page(
    words,
    say,
    `<p class="facts">{{#when}}${escapeHtml(say.when + say.colon)}<strong>{{ when }}</strong><br>{{/when}}
{{#device}}${escapeHtml(say.device + say.colon)}<strong>{{ device }}</strong><br>{{/device}}
{{#ip}}${escapeHtml(say.ip + say.colon)}<strong>{{ ip }}</strong>{{/ip}}</p>
{{#siteUrl}}<p class="act"><a class="button" href="{{ siteUrl }}">${escapeHtml(say.toTheSite)}</a></p>{{/siteUrl}}`,
    tail,
  )
}

// Nothing is fetched from anywhere: no images, no fonts. Mail programs that drop the style still show a plain, readable
// page; format-detection keeps telephones from turning digits a person wrote into links.
const style = `
body { margin: 0; padding: 0; background: #f3f4f6; color: #1f2328; -webkit-text-size-adjust: 100%; }
.frame { width: 100%; padding: 32px 12px; box-sizing: border-box; }
.card { max-width: 520px; margin: 0 auto; padding: 32px; background: #ffffff; border-radius: 12px; border: 1px solid #e3e5e8;
  font: 16px/1.55 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Hiragino Sans", "Noto Sans", Arial, sans-serif; }
.app { margin: 0 0 20px; font-size: 14px; font-weight: 600; color: #5b6270; }
h1 { margin: 0 0 16px; font-size: 22px; line-height: 1.3; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
.act { margin: 24px 0; }
.button { display: inline-block; padding: 13px 22px; border-radius: 8px; background: #2348c5; color: #ffffff !important;
  font-weight: 600; text-decoration: none; }
.code { margin: 16px 0; padding: 14px 18px; border-radius: 8px; background: #f3f4f6; text-align: center; font-size: 30px;
  font-weight: 700; letter-spacing: 6px; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.small, .foot { font-size: 13px; color: #5b6270; }
.plain { color: #2348c5; word-break: break-all; }
.foot { max-width: 520px; margin: 16px auto 0; padding: 0 32px;
  font-family: -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Hiragino Sans", "Noto Sans", Arial, sans-serif; }
.before { display: none; max-height: 0; overflow: hidden; opacity: 0; }
@media (max-width: 480px) { .card { padding: 24px 20px; } .foot { padding: 0 20px; } }
@media (prefers-color-scheme: dark) {
  body { background: #14161a; color: #e8eaed; }
  .card { background: #1e2126; border-color: #30343b; }
  .app, .small, .foot { color: #a3aab5; }
  .button { background: #4c72f0; }
  .code { background: #14161a; }
  .plain { color: #8ea8ff; }
}
`

function page(words: MessageSentences, say: Sentences, middle: string, tail: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(say.locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${escapeHtml(words.subject)}</title>
<style>${style}</style>
</head>
<body>
<div class="before">${escapeHtml(words.lead)}</div>
<div class="frame">
<div class="card">
<p class="app">{{ appName }}</p>
<h1>${escapeHtml(words.title)}</h1>
<p>${escapeHtml(greeting(say))}</p>
<p>${escapeHtml(words.lead)}</p>
${middle}
</div>
<p class="foot">${escapeHtml(tail)}</p>
</div>
</body>
</html>
`
}
