// What the package offers, and what is the same in @watchword/react.
export const altan = {
  title: 'Altan',
  clients: '`altan-auth`',
  point: '<AuthProvider supabase={createClient(url, publishableKey)}>',
  mount: '/auth/v1',
  rows: [
    ['AuthProvider', '', '`AuthProvider` of @watchword/react'],
    ['useAuth', '', '`useAuth`: the same members, and more'],
    ['AuthWrapper', '', '`AuthWrapper`'],
    ['SignInForm', '', '`SignInForm`'],
    ['SignUpForm', '', '`SignUpForm`'],
    ['OAuthButton', '', '`OAuthButton`'],
    ['service.signUp', 'POST /signup', 'signUp'],
    ['service.signIn', 'POST /token?grant_type=password', 'signInWithPassword'],
    ['service.signInWithOAuth', 'GET /authorize', 'popup.signInWithProvider'],
    ['service.signOut', 'POST /logout', "signOut({ scope: 'all' })"],
    ['service.getSession', '', 'getSession'],
    ['service.getUser', 'GET /user', 'getUser({ fresh: true })'],
    ['service.onAuthStateChange', '', 'onChange'],
  ],
}
