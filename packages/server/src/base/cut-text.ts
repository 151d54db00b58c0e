/** The beginning of a text, at most so many UTF-16 units long. A character that needs two is kept or left out as a whole. */
export function cutText(text: string, most: number): string {
  const start = text.slice(0, most)
  const isHalf = start.length < text.length && /[\ud800-\udbff]$/.test(start)
  return isHalf ? start.slice(0, -1) : start
}
