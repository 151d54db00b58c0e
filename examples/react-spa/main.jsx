import '@watchword/react/styles.css'
import { AuthProvider } from '@watchword/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.jsx'

const url = import.meta.env.VITE_WATCHWORD_URL ?? 'http://localhost:8787'

createRoot(document.getElementById('app')).render(
  <StrictMode>
    <AuthProvider url={url}>
      <App />
    </AuthProvider>
  </StrictMode>,
)
