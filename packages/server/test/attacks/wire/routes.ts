import { maskConfig } from '#src/config/mask.ts'
import { createInboxMessages } from '#src/core/notifications/inbox-messages.ts'
import { loadTemplates } from '#src/core/notifications/load-templates.ts'
import { previewMessages } from '#src/core/notifications/preview-messages.ts'
import { altogicMounts } from '#src/dialects/altogic/mount.ts'
import { createInboxMount } from '#src/dialects/inbox/mount.ts'
import { nativeMounts } from '#src/dialects/native/mount.ts'
import { nhostMounts } from '#src/dialects/nhost/mount.ts'
import { pretendMount } from '#src/dialects/pretend/mount.ts'
import { serviceMount } from '#src/dialects/service/mount.ts'
import { supabaseMounts } from '#src/dialects/supabase/mount.ts'
import type { Mount, Route } from '#src/http/route.ts'
import type { World } from '../../world/world.ts'

/** One route of the running server. */
export interface ScannedRoute {
  readonly mount: string
  readonly method: Route['method']
  /** As declared, base included: `/v1/me/sessions/:id`. */
  readonly path: string
  readonly body: Route['body'] | undefined
  /** The path with its parameters filled in. */
  filled(value: string): string
}

/** The route tables of all mounts, as the server was assembled from them: what is not here does not exist. */
export async function routesOf(world: World): Promise<ScannedRoute[]> {
  const { settings, deployment } = world.config
  const inbox = createInboxMessages({ database: world.database, vault: world.core.vault })
  const { native, supabase, nhost, altogic } = deployment.dialects
  const mounts: Mount[] = [
    serviceMount({ core: world.core, checks: async () => ({}) }),
    ...nativeMounts(world.core, {
      path: native.path,
      inbox,
      settings: () => maskConfig(world.config),
      messages: previewMessages(await loadTemplates(), world.core.runtime),
    }),
    ...supabaseMounts(world.core, supabase),
    ...nhostMounts(world.core, { ...nhost, url: undefined }),
    ...altogicMounts(world.core, altogic),
    pretendMount(world.core),
    await createInboxMount({ inbox, publicUrl: settings.publicUrl }),
  ]
  return mounts.flatMap((mount) => mount.routes.map((route) => scanned(mount, route)))
}

function scanned(mount: Mount, { method, path, body }: Route): ScannedRoute {
  const full = mount.base + path
  return {
    mount: mount.name,
    method,
    path: full,
    body,
    filled: (value) => full.replace(/:[A-Za-z]\w*/g, value).replace(/\*$/, value),
  }
}

/** Whether a route belongs to administrators. */
export const isAdminRoute = ({ path }: ScannedRoute) => /^(\/v1\/admin\/|\/auth\/v1\/(admin\/|invite$))/.test(path)

/** Whether a route speaks one of the two dialects. */
export const isDialectRoute = ({ path }: ScannedRoute) => path.startsWith('/v1/') || path.startsWith('/auth/v1/')
