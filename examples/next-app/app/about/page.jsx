/** Made when the app is built, and the same for everybody. */
export default function About() {
  return <p>A page that knows nobody.</p>
}
