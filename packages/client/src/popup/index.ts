export { createPopup, type Popup, type PopupProvider } from './create-popup.ts'
export { throughWindow, type WindowTask } from './through-window.ts'
