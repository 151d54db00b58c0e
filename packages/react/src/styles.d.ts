// Importing the stylesheet yields nothing; compilers want to be told.
export {}
