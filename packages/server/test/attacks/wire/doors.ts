import type { Door } from './door.ts'
import { nativeDoor } from './native-door.ts'
import { supabaseDoor } from './supabase-door.ts'

/** Both dialects of a server. */
export function doorsOf(world: { readonly url: string; readonly secretKey: string }): readonly [Door, Door] {
  return [nativeDoor(world), supabaseDoor(world)]
}

/** For `describe.each`: the names, since a server only runs once the suite does. */
export const doorNames = ['native', 'supabase'] as const

export function doorNamed(
  name: (typeof doorNames)[number],
  world: { readonly url: string; readonly secretKey: string },
): Door {
  return name === 'native' ? nativeDoor(world) : supabaseDoor(world)
}
