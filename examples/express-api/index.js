import { createApi } from './api.js'

const watchword = process.env.WATCHWORD_URL ?? 'http://localhost:8787'
createApi(watchword).listen(3000, 'localhost', () => process.stdout.write('http://localhost:3000\n'))
