import type { Runtime } from './base/runtime.ts'
import type { Config } from './config/deployment.ts'
import { maskConfig } from './config/mask.ts'
import type { Core } from './core/core.ts'
import { createDeliverer, type Deliverer } from './core/notifications/deliverer.ts'
import { createInboxMessages } from './core/notifications/inbox-messages.ts'
import { loadTemplates, type Templates } from './core/notifications/load-templates.ts'
import type { Outbox } from './core/notifications/outbox.ts'
import type { Channel, Sender } from './core/notifications/outgoing.ts'
import { previewMessages } from './core/notifications/preview-messages.ts'
import { createInboxSender } from './core/notifications/senders/inbox.ts'
import type { SmtpSenderOptions } from './core/notifications/senders/smtp.ts'
import { builtInLocales } from './core/notifications/templates/built-in.ts'
import { coreFor } from './core-for.ts'
import { altogicMounts } from './dialects/altogic/mount.ts'
import { altogicRealtime } from './dialects/altogic/realtime/realtime.ts'
import { createInboxMount } from './dialects/inbox/mount.ts'
import { nativeMounts } from './dialects/native/mount.ts'
import { nhostMounts } from './dialects/nhost/mount.ts'
import { pretendMount } from './dialects/pretend/mount.ts'
import { serviceMount } from './dialects/service/mount.ts'
import { supabaseMounts } from './dialects/supabase/mount.ts'
import { type WelcomeLinks, welcomeMount } from './dialects/welcome/mount.ts'
import { textsToday } from './flows/steps/count-texts.ts'
import { createEmailHookSender, createEventHookSender, createSmsHookSender } from './flows/system/hook-senders.ts'
import { cleanUp } from './flows/system/housekeeping.ts'
import { noteHomes } from './flows/system/note-homes.ts'
import { noteSent } from './flows/system/note-sent.ts'
import { refusalPage } from './gate/refusal-page.ts'
import { type App, createApp } from './http/app.ts'
import type { Beside } from './http/beside.ts'
import { createClientAddresses } from './http/client-address.ts'
import type { Mount } from './http/route.ts'
import { createMetrics, type Metrics, mayReadMetrics } from './metrics.ts'
import type { Database } from './storage/database.ts'
import { migrate } from './storage/migrate.ts'
import { sql } from './storage/sql.ts'

/** One assembled server without a port: answers requests, delivers messages, cleans up. */
export interface Watchword {
  readonly app: App
  /** The Nhost dialect alone, below `/v1`, where it has a port of its own. */
  readonly nhost: App | undefined
  /** Protocols that share the port of the app. */
  readonly besides: readonly Beside[]
  readonly core: Core
  readonly metrics: Metrics
  readonly deliverer: Deliverer
  close(): Promise<void>
}

const cleanUpEvery = 15 * 60_000

/** Joins database, core, dialects and background work. Migrates first; makes the first signing key. */
export async function assemble(config: Config, runtime: Runtime, database: Database): Promise<Watchword> {
  const { settings, deployment } = config
  await migrate(database)
  const mailbox: { deliverer?: Deliverer } = {}
  const { core, hasher, texts } = coreFor(config, { database, runtime, wakeOutbox: () => mailbox.deliverer?.wake() })
  await core.signingKeys.current()
  await noteHomes(core)
  const templates = await templatesOf(config)
  const deliverer = await delivererFor(config, { core, runtime, texts, templates })
  mailbox.deliverer = deliverer
  const metrics = createMetrics()
  metrics.read({
    hashing: () => hasher.stats(),
    texts: () => textsToday(core),
    outboxWaiting: async () => (await core.outboxAdmin.depth()).waiting,
    ...(database.pool === undefined ? {} : { databasePool: database.pool }),
  })
  const appOf = (mounts: readonly Mount[], origin: string): App =>
    createApp({
      mounts,
      runtime,
      origin,
      proxies: deployment.trustedProxies,
      bodyLimits: { bytes: deployment.http.bodyBytes },
      refusalPage: (refused, exchange) => refusalPage(settings, refused, exchange),
      onFinished: ({ mount, route, method, status, ms }) =>
        metrics.request({ mount: mount ?? 'none', route: route ?? 'none', method, status, seconds: ms / 1000 }),
    })
  const app = appOf(await mountsFor(config, { core, database, metrics, templates }), settings.publicUrl)
  deliverer.start()
  const stopCleaning = cleanRegularly(core, runtime)
  return {
    app,
    nhost: nhostAlone(config, core, appOf),
    besides: besidesOf(config, core),
    core,
    metrics,
    deliverer,
    async close() {
      stopCleaning()
      await core.feed.close()
      await deliverer.close()
      await hasher.close()
      await database.close()
    },
  }
}

function besidesOf({ deployment }: Config, core: Core): readonly Beside[] {
  const { altogic } = deployment.dialects
  if (!altogic.enabled) return []
  const { clientOf } = createClientAddresses(deployment.trustedProxies)
  return [
    altogicRealtime(core, altogic, ({ socket, headers }) =>
      clientOf(socket.remoteAddress, [headers['x-forwarded-for'] ?? []].flat().join(', ') || undefined),
    ),
  ]
}

function nhostAlone(
  { deployment }: Config,
  core: Core,
  appOf: (mounts: readonly Mount[], origin: string) => App,
): App | undefined {
  const { nhost } = deployment.dialects
  if (!nhost.enabled || nhost.port === undefined) return undefined
  const url = nhost.url ?? `http://localhost:${nhost.port}`
  return appOf(nhostMounts(core, { ...nhost, path: '/v1', url }), url)
}

function templatesOf({ settings, deployment }: Config): Promise<Templates> {
  return loadTemplates({
    ...(deployment.mail.templatesFolder === undefined ? {} : { folder: deployment.mail.templatesFolder }),
    ...(deployment.texts.template === undefined ? {} : { overrides: textOverrides(deployment.texts.template) }),
    fallbackLocale: settings.locales.default,
    appName: settings.name,
    siteUrl: settings.siteUrl,
    serverUrl: settings.publicUrl,
  })
}

async function delivererFor(
  { settings, deployment }: Config,
  {
    core,
    runtime,
    texts,
    templates,
  }: {
    readonly core: Core
    readonly runtime: Runtime
    readonly texts: Sender | undefined
    readonly templates: Templates
  },
): Promise<Deliverer> {
  return createDeliverer({
    outbox: core.outbox,
    senders: {
      ...(await sendersFor(settings.environment, deployment, core.outbox, texts)),
      ...hookSendersFor(core, deployment, settings.publicUrl),
    },
    templates,
    runtime,
    onSent: (message) => noteSent(core, message),
  })
}

const textOverrides = (text: string) =>
  Object.fromEntries(builtInLocales.map((locale) => [locale, { sms_code: { text } }]))

async function sendersFor(
  mode: 'development' | 'production',
  { mail, inbox }: Config['deployment'],
  outbox: Outbox,
  texts: Sender | undefined,
): Promise<Partial<Record<Channel, Sender>>> {
  const caught = inbox ? createInboxSender({ outbox, mode }) : undefined
  const byText = texts ?? caught
  const email = mail.smtpUrl === undefined ? caught : await smtpSender({ ...mail, url: mail.smtpUrl })
  return {
    ...(email === undefined ? {} : { email }),
    ...(byText === undefined ? {} : { sms: byText, whatsapp: byText }),
  }
}

/** A hook that sends stands in the place of whoever else would. */
function hookSendersFor(
  core: Core,
  { hooks, dialects }: Config['deployment'],
  publicUrl: string,
): Partial<Record<Channel, Sender>> {
  return {
    ...(hooks.sendEmail === undefined
      ? {}
      : { email: createEmailHookSender(core, `${publicUrl}${dialects.supabase.path}`) }),
    ...(hooks.sendSms === undefined ? {} : { sms: createSmsHookSender(core) }),
    ...(hooks.afterUserCreated === undefined && hooks.afterEvent === undefined
      ? {}
      : { hook: createEventHookSender(core) }),
  }
}

async function smtpSender({ url, from, smtpApi }: SmtpSenderOptions): Promise<Sender> {
  const { createSmtpSender } = await import('./core/notifications/senders/smtp.ts')
  return createSmtpSender({ url, from, smtpApi })
}

async function mountsFor(
  config: Config,
  {
    core,
    database,
    metrics,
    templates,
  }: { readonly core: Core; readonly database: Database; readonly metrics: Metrics; readonly templates: Templates },
): Promise<Mount[]> {
  const { settings, deployment } = config
  const { native, supabase, nhost, altogic } = deployment.dialects
  const { token, port } = deployment.metrics
  const inbox = createInboxMessages({ database, vault: core.vault })
  return [
    serviceMount({
      core,
      checks: async () => ({
        database: await database.query(sql`select 1 as one`).then(
          () => true,
          () => false,
        ),
      }),
      ...(port === undefined && token !== undefined
        ? {
            metrics: {
              render: () => metrics.render(),
              contentType: metrics.contentType,
              mayRead: (given) => mayReadMetrics(given, token),
            },
          }
        : {}),
    }),
    ...(native.enabled
      ? nativeMounts(core, {
          path: native.path,
          settings: () => maskConfig(config),
          messages: previewMessages(templates, core.runtime),
          ...(deployment.inbox ? { inbox } : {}),
        })
      : []),
    ...(altogic.enabled ? altogicMounts(core, altogic) : []),
    ...(nhost.enabled ? nhostMounts(core, { ...nhost, url: undefined }) : []),
    ...(supabase.enabled ? supabaseMounts(core, supabase) : []),
    ...(settings.environment === 'development'
      ? [pretendMount(core), welcomeMount(welcomeLinks(settings, deployment))]
      : []),
    ...(deployment.inbox ? [await createInboxMount({ inbox, publicUrl: settings.publicUrl })] : []),
  ]
}

/** Where a developer finds things. */
function welcomeLinks(
  { name }: Config['settings'],
  { inbox, dialects: { native } }: Config['deployment'],
): WelcomeLinks {
  return {
    name,
    inbox: inbox ? '/inbox' : undefined,
    docs: native.enabled ? `${native.path}/docs` : undefined,
  }
}

function cleanRegularly(core: Core, runtime: Runtime): () => void {
  const timer = setInterval(() => {
    cleanUp(core).then(
      (count) => count > 0 && runtime.log.debug({ count }, 'expired rows were removed'),
      (error: unknown) =>
        runtime.log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'cleaning up failed'),
    )
  }, cleanUpEvery)
  timer.unref()
  return () => clearInterval(timer)
}
