import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { aSignedIn, memoryStorage, refusedWith, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000' } })
})
afterAll(() => world.close())

type Answer = { data: Record<string, unknown> | null; errors: unknown }
interface Objects {
  get(): Promise<Answer>
  update(values: object): Promise<Answer>
  delete(): Promise<{ errors: unknown }>
}

/** The record of a user, as example apps reach it. */
async function aRecord() {
  const person = await aSignedIn(world)
  const client = createClient(world.url, world.publishableKey, { localStorage: memoryStorage() as never })
  client.auth.setSession(person.session as never)
  const object = (id: string, model = 'users') => client.db.model(model).object(id) as unknown as Objects
  return { ...person, id: person.user._id, object }
}

describe('the record of the own user', () => {
  it('is read and changed; what the server owns stays', async () => {
    const { id, object, email, client } = await aRecord()
    expect(worked(await object(id).get()).data).toMatchObject({ _id: id, email })
    const changed = await object(id).update({
      name: 'Jo Doe',
      city: 'Berlin',
      profilePicture: 'https://img.example.test/jo.png',
      email: 'other@example.test',
      emailVerified: false,
      _id: crypto.randomUUID(),
    })
    expect(worked(changed).data).toMatchObject({
      ...{ _id: id, email, emailVerified: true, name: 'Jo Doe', city: 'Berlin' },
      profilePicture: 'https://img.example.test/jo.png',
    })
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ name: 'Jo Doe', city: 'Berlin' })
  })

  it('loses what is taken away, and has its picture wherever it is', async () => {
    const { id, object } = await aRecord()
    const shown = async (values: object) => {
      const { name, profilePicture, city } = worked(await object(id).update(values)).data ?? {}
      return [name, profilePicture, city]
    }
    const far = 'https://img.example.test/jo.png'
    expect(await shown({ name: 'Jo', profilePicture: far, city: 'Berlin' })).toEqual(['Jo', far, 'Berlin'])
    expect(await shown({ profilePicture: '/img/jo.png' })).toEqual(['Jo', '/img/jo.png', 'Berlin'])
    expect(await shown({ profilePicture: far, city: null })).toEqual(['Jo', far, undefined])
    expect(await shown({ profilePicture: null })).toEqual(['Jo', undefined, undefined])
    expect(await shown({ name: null })).toEqual([undefined, undefined, undefined])
    expect(refusedWith(await object(id).update({ name: 7 }))).toEqual([400, 'validation_error'])
  })

  it('S101 is there for nobody else, and no other model is', async () => {
    const one = await aRecord()
    const other = await aRecord()
    for (const record of [one.object(other.id), one.object(crypto.randomUUID()), one.object(one.id, 'orders')]) {
      expect(refusedWith(await record.get())).toEqual([404, 'resource_not_found'])
      expect(refusedWith(await record.update({ name: 'Mallory' }))).toEqual([404, 'resource_not_found'])
      expect(refusedWith(await record.delete())).toEqual([404, 'resource_not_found'])
    }
    expect(worked(await other.object(other.id).get()).data).not.toHaveProperty('name', 'Mallory')
  })

  it('S57 is deleted after a fresh proof, and the account with it', async () => {
    const { id, object, client, email } = await aRecord()
    world.clock.move(3_600)
    expect(refusedWith(await object(id).delete())).toEqual([401, 'reauthentication_needed'])
    world.clock.move(-3_600)
    worked(await object(id).delete())
    expect(refusedWith(await client.auth.getUserFromDB())[0]).toBe(401)
    expect((await world.core.users.findByAddress({ email }))?.id).toBeUndefined()
  })

  it('needs a session', async () => {
    const client = createClient(world.url, world.publishableKey, { localStorage: memoryStorage() as never })
    const record = client.db.model('users').object(crypto.randomUUID()) as unknown as Objects
    expect(refusedWith(await record.get())).toEqual([401, 'missing_session_token'])
  })
})
