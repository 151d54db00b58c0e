import type { Answer } from '../../http/answer.ts'
import { page } from '../../http/answer.ts'
import { hashSource } from '../../http/csp.ts'
import { type Html, html, raw } from '../../http/html.ts'
import { docsStyle } from './docs-style.ts'
import { nativeCodes } from './errors.ts'
import { codesOf, namedSchemas, nameOf, queryFields, type SchemaNode } from './openapi.ts'
import type { Operation } from './operation.ts'
import type { Section } from './routes.ts'
import { exampleBodies } from './schemas/examples.ts'

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

/** A readable page of the whole interface: no script, nothing loaded from elsewhere. */
export function docsPage(
  sections: readonly Section[],
  { url, name }: { readonly url: string; readonly name: string },
): Answer {
  const schemas = namedSchemas()
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}: the interface</title>
<link rel="icon" href="data:,">
<style>${raw(docsStyle)}</style>
</head>
<body>
<a class="skip" href="#top">Skip to the content</a>
<nav aria-label="Contents">
<a class="home" href="#top">${name}</a>
${sections.map(contentsOf)}
<h2><a href="#shapes">Shapes</a></h2>
<h2><a href="#errors">Errors</a></h2>
</nav>
<main id="top">
<header>
<h1>The interface</h1>
<p>Below <code>${url}</code>. JSON in, JSON out; times are ISO 8601 in UTC. The same as a document for machines:
<a href="openapi.json">openapi.json</a>.</p>
</header>
${sections.map(sectionOf)}
<section id="shapes"><h2>Shapes</h2>${Object.entries(schemas).map(shapeOf)}</section>
<section id="errors"><h2>Errors</h2>
<p>Every refusal is <code>{"code", "message", "requestId", "details", "retryAfter"}</code>.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${nativeCodes.map(({ code, status, message }) => html`<tr><td><code>${code}</code></td><td>${status}</td><td>${message}</td></tr>`)}
</tbody></table></section>
</main>
</body>
</html>`
  return page(document, {
    needs: { style: [hashSource(docsStyle)], img: ['data:'] },
    headers: { 'content-language': 'en' },
  })
}

const anchorOf = ({ method, path }: Operation): string => slug(`${method} ${path}`)

function contentsOf({ title, operations }: Section): Html {
  return html`<h2><a href="#${slug(title)}">${title}</a></h2>
<ul>${operations.map(
    (operation) =>
      html`<li><a href="#${anchorOf(operation)}"><b class="${operation.method}">${operation.method}</b> ${operation.path}</a></li>`,
  )}</ul>`
}

function sectionOf({ title, about, operations }: Section): Html {
  return html`<section id="${slug(title)}"><h2>${title}</h2><p>${prose(about)}</p>${operations.map(operationOf)}</section>`
}

function whoOf({ who }: Operation): string {
  if (who.startsWith('admin:')) return `secret key with ${who.slice('admin:'.length)}`
  return (
    {
      public: 'anybody',
      user: 'signed in, with the second factor where there is one',
      door: 'signed in, also before the second factor',
      recent: 'signed in, with a recent proof, the second factor where there is one',
    }[who as 'public'] ?? who
  )
}

function operationOf(operation: Operation): Html {
  const { method, path, about, body, query, opensWith, status, also } = operation
  const example = body === undefined ? undefined : exampleBodies[nameOf(body)]
  return html`<article id="${anchorOf(operation)}">
<h3><b class="${method}">${method}</b> <code>${path}</code></h3>
<p>${prose(about)}</p>
<dl>
<dt>Who</dt><dd>${whoOf(operation)}</dd>
${body && html`<dt>Body</dt><dd>${linkTo(nameOf(body))}</dd>`}
${example && html`<dt>Example</dt><dd><pre>${JSON.stringify(example, null, 2)}</pre></dd>`}
${query && html`<dt>Query</dt><dd>${queryOf(query)}</dd>`}
${opensWith && html`<dt>Query</dt><dd><table><tbody>${opensWith.map(openedWith)}</tbody></table></dd>`}
<dt>Answer</dt><dd>${status} ${answerOf(operation)}${also?.map((way) => html`; ${way.status}: ${prose(way.about)}`)}</dd>
<dt>Refusals</dt><dd class="codes">${codesOf(operation).map((code) => html`<code>${code}</code> `)}</dd>
</dl>
</article>`
}

function openedWith([name, about, needed]: NonNullable<Operation['opensWith']>[number]): Html {
  return html`<tr><td><code>${name}</code>${needed === undefined && html` <i>optional</i>`}</td><td>${prose(about)}</td></tr>`
}

/** A sentence with code in it, as it stands between backticks. */
const prose = (text: string): readonly Html[] =>
  text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))

function answerOf({ answer, type }: Operation): Html {
  if (answer === undefined) return html`${type ?? 'without a body'}`
  return type === undefined ? linkTo(nameOf(answer)) : html`${type} of ${linkTo(nameOf(answer))}`
}

function queryOf(query: NonNullable<Operation['query']>): Html {
  const rows = queryFields(query).map(([field, schema, required]) => rowOf(field, schema, required))
  return html`<table><tbody>${rows}</tbody></table>`
}

const linkTo = (shape: string): Html => html`<a href="#shape-${shape}">${shape}</a>`

function shapeOf([shape, schema]: [string, SchemaNode]): Html {
  const variants = schema.oneOf ?? schema.anyOf ?? [schema]
  // The place lies inside, so that a link to it opens it.
  return html`<details><summary>${shape}</summary><div id="shape-${shape}">${variants.map(variantOf)}</div></details>`
}

function variantOf(schema: SchemaNode): Html {
  if (schema.properties === undefined) return html`<p>${typeOf(schema)}</p>`
  const rows = Object.entries(schema.properties).map(([field, one]) =>
    rowOf(field, one, schema.required?.includes(field) ?? false),
  )
  return html`<table><tbody>${rows}</tbody></table>`
}

function rowOf(field: string, schema: SchemaNode, required: boolean): Html {
  return html`<tr><td><code>${field}</code>${required ? '' : html` <i>optional</i>`}</td><td>${typeOf(schema)}</td><td>${
    schema.description === undefined ? '' : prose(schema.description)
  }</td></tr>`
}

/** A type in words, with links to the shapes it is made of. */
function typeOf(schema: SchemaNode): Html {
  if (schema.$ref !== undefined) return linkTo(schema.$ref.split('/').at(-1) ?? '')
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`
  if (schema.enum !== undefined) return html`${schema.enum.join(' · ')}`
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined) return html`${variants.map((one, at) => html`${at > 0 && ' or '}${typeOf(one)}`)}`
  if (schema.items !== undefined) return html`list of ${typeOf(schema.items)}`
  if (schema.properties !== undefined) return html`{ ${Object.keys(schema.properties).join(', ')} }`
  const plain = [schema.type ?? 'anything'].flat().join(' or ')
  return html`${schema.format === undefined ? plain : plain.replace('string', schema.format)}`
}
