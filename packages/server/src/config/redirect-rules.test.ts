import { describe, expect, it } from 'vitest'
import { isTooOpen } from './redirect-rules.ts'

describe('isTooOpen', () => {
  it.each([
    '*',
    '**',
    '/**',
    '*://app.example.test/**',
    'http*://app.example.test',
    'https://*',
    'https://**',
    'https://*/callback',
    'https://*.com/**',
    'https://app.*/x',
    'https://*:8443/x',
    'https://{a,b}/x',
    'https:///x',
  ])('is true of %s', (pattern) => {
    expect(isTooOpen(pattern)).toBe(true)
  })

  it.each([
    'https://app.example.test/**',
    'https://*.example.test/**',
    'https://*-team.vercel.app/**',
    'http://localhost:3000/**',
    'http://127.0.0.1:*/callback',
    'http://[::1]:3000/x',
    'myapp://**',
    'com.example.app://callback',
  ])('is false of %s', (pattern) => {
    expect(isTooOpen(pattern)).toBe(false)
  })
})
