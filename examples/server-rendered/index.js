import { createApp } from './app.js'

const watchword = process.env.WATCHWORD_URL ?? 'http://localhost:8787'
createApp(watchword).listen(3001, 'localhost', () => process.stdout.write('http://localhost:3001\n'))
