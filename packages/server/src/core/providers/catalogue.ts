// Data: the providers that come with the server, one line each.
import { apple } from './built-in/apple.ts'
import { azure } from './built-in/azure.ts'
import { bitbucket } from './built-in/bitbucket.ts'
import { discord } from './built-in/discord.ts'
import { facebook } from './built-in/facebook.ts'
import { figma } from './built-in/figma.ts'
import { fly } from './built-in/fly.ts'
import { github } from './built-in/github.ts'
import { gitlab } from './built-in/gitlab.ts'
import { google } from './built-in/google.ts'
import { kakao } from './built-in/kakao.ts'
import { keycloak } from './built-in/keycloak.ts'
import { linkedin } from './built-in/linkedin.ts'
import { linkedinOidc } from './built-in/linkedin-oidc.ts'
import { notion } from './built-in/notion.ts'
import { slack } from './built-in/slack.ts'
import { slackOidc } from './built-in/slack-oidc.ts'
import { snapchat } from './built-in/snapchat.ts'
import { spotify } from './built-in/spotify.ts'
import { strava } from './built-in/strava.ts'
import { twitch } from './built-in/twitch.ts'
import { twitter } from './built-in/twitter.ts'
import { windowslive } from './built-in/windowslive.ts'
import { workos } from './built-in/workos.ts'
import { x } from './built-in/x.ts'
import { zoom } from './built-in/zoom.ts'
import type { Provider } from './provider.ts'

/** Every built-in provider, by its id in alphabetical order. To add one: its file in `built-in/` and its line here. */
export const catalogue: readonly Provider[] = [
  apple, //
  azure,
  bitbucket,
  discord,
  facebook,
  figma,
  fly,
  github,
  gitlab,
  google,
  kakao,
  keycloak,
  linkedin,
  linkedinOidc,
  notion,
  slack,
  slackOidc,
  snapchat,
  spotify,
  strava,
  twitch,
  twitter,
  windowslive,
  workos,
  x,
  zoom,
]
