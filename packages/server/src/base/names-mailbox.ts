/**
 * Whether the mailbox that somebody else proved, spelt like this, is the one of the stored form. A letter of another
 * alphabet becomes the one it looks like, and may be somebody else's mailbox; a host name is the same in all of them (S16).
 */
export const namesMailbox = (told: string): boolean => /^[!-~]+@/.test(told.trim())
