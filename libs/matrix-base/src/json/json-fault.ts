/** Why a text is not JSON, or not JSON that Matrix can carry. Stable names, used in tests and metrics. */
export type JsonFault = 'json.utf8' | 'json.syntax' | 'json.number' | 'json.surrogate' | 'json.depth';
