import { defineConfig } from 'vite'

// The library brings a React of its own along; a page needs one alone.
export default defineConfig({ resolve: { dedupe: ['react', 'react-dom'] } })
