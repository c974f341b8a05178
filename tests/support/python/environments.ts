/** What of Python is run here: the name of its environment, and what is installed there. */
export const HEISENBRIDGE = ['heisenbridge', ['heisenbridge==1.15.4']] as const;
export const MATRIX_NIO = ['matrix-nio', ['matrix-nio==0.26.0']] as const;
export const MAUTRIX = ['mautrix', ['mautrix==0.21.1']] as const;
export const SYNAPSE = ['synapse', ['matrix-synapse[postgres]==1.163.2']] as const;
