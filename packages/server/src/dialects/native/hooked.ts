/** What an application's own code may say where it is asked: no, or nothing that counts. */
export const hooked = ['hook_rejected', 'hook_unavailable'] as const
