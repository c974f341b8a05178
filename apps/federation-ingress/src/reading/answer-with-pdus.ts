/** An answer in the form of a transaction (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1eventeventid). */
export function answerWithPdus(
  pdus: readonly string[],
  from: { readonly origin: string; readonly now: number },
): string {
  return `{"origin":${JSON.stringify(from.origin)},"origin_server_ts":${from.now},"pdus":[${pdus.join(',')}]}`;
}
