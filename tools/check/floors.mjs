import { posix } from 'node:path'
import { finding, importsOf, isShipped } from './source.mjs'

const base = 'packages/server/src/'

const floors = { base: 0, storage: 1, http: 1, core: 2, flows: 3, gate: 3, dialects: 4 }
const roof = 5
/** Top folders that are one room each; the others hold a room per folder. */
const singleRooms = new Set(['base', 'storage', 'http', 'gate'])
/** The one file that may join the rooms of its floor. */
const joiner = 'core/core.ts'
/** Flows that other flows may call: the one door every way in ends at, the attempt on the way to it, and single steps. */
const sharedFlows = new Set(['flows/session', 'flows/attempt', 'flows/steps'])
/** Who never hears of HTTP, not even as a type. */
const withoutHttp = new Set(['core', 'flows'])

const owners = [
  { packages: /^(pg|@electric-sql\/pglite)(\/|$)/, places: ['storage'] },
  { packages: /^(hono|@hono\/.*)(\/|$)/, places: ['http', 'gate', 'dialects'] },
]

function placeOf(path) {
  const [top, ...rest] = path.split('/')
  if (rest.length === 0 || floors[top] === undefined) return { top: 'roof', floor: roof, room: 'roof' }
  return { top, floor: floors[top], room: singleRooms.has(top) ? top : `${top}/${rest[0]}` }
}

function targetOf(path, from) {
  if (!from.startsWith('.')) return undefined
  return posix.normalize(posix.join(posix.dirname(path), from))
}

/** Says why `path` may not import `target`, or nothing when it may. */
function objection(path, target, typeOnly) {
  const here = placeOf(path)
  const there = placeOf(target)
  if (target.startsWith('..')) return 'reaches out of src; only what lies in src is shipped'
  if (there.floor > here.floor) return `goes up from ${here.top} to ${there.top}; imports go down only`
  if (there.top === 'http' && withoutHttp.has(here.top))
    return `brings HTTP into ${here.top}; pass plain records instead`
  if (typeOnly || there.floor < here.floor || there.room === here.room || here.floor === roof) return undefined
  if (path === joiner) return undefined
  if (sharedFlows.has(there.room)) return undefined
  return `takes code from its neighbour ${there.room}; import only types, or take it as an argument`
}

function packageObjection(path, from) {
  if (from.startsWith('#')) return 'is a short cut for tests and is not shipped; use a relative path'
  const here = placeOf(path)
  const owner = owners.find(({ packages }) => packages.test(from))
  if (!owner || here.floor === roof || owner.places.includes(here.top)) return undefined
  return `uses ${from} in ${here.top}; that package belongs to ${owner.places.join(', ')}`
}

/** Imports go down only, and rooms on one floor share types but no code. */
export function checkFloors(files) {
  return files
    .filter((file) => file.path.startsWith(base) && isShipped(file.path))
    .flatMap((file) =>
      importsOf(file).flatMap(({ from, typeOnly, offset }) => {
        const path = file.path.slice(base.length)
        const target = targetOf(path, from)
        const why = target === undefined ? packageObjection(path, from) : objection(path, target, typeOnly)
        return why ? [finding(file, offset, `the import of ${from} ${why}`)] : []
      }),
    )
}
