// Altan's library has no types of its own. It has the interface of ours, so ours are used.
declare module 'altan-auth' {
  export { AuthProvider, AuthWrapper, OAuthButton, SignInForm, SignUpForm, useAuth } from '@watchword/react'
}
