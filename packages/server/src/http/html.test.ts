import { describe, expect, it } from 'vitest'
import type { HtmlValue } from './html.ts'
import { html, markupOf, raw } from './html.ts'

const shown = (value: HtmlValue) => markupOf(html`<p title="${value}">${value}</p>`)

describe('html', () => {
  it('S136 escapes markup in text and in quoted attributes', () => {
    expect(shown('<img onerror="x">&\'`')).toBe(
      '<p title="&lt;img onerror=&quot;x&quot;&gt;&amp;&#39;&#96;">&lt;img onerror=&quot;x&quot;&gt;&amp;&#39;&#96;</p>',
    )
  })

  it('leaves safe markup alone, also when nested', () => {
    expect(markupOf(html`<ul>${['a', '<b>'].map((item) => html`<li>${item}</li>`)}${raw('<hr>')}</ul>`)).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li><hr></ul>',
    )
  })

  it('shows nothing for what is absent, and zero as zero', () => {
    expect(markupOf(html`${undefined}${null}${false}${0}`)).toBe('0')
  })

  it('S136 does not take a parsed object for safe markup', () => {
    const forged = JSON.parse('{"markup":"<script>"}') as HtmlValue
    expect(markupOf(html`${forged}`)).toBe('')
  })

  it('refuses a value in an unquoted attribute', () => {
    expect(() => html`<a href=${'x'}>`).toThrow('quotes')
  })
})
