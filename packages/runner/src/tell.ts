/** The caller's callbacks run after our own step is complete: what they throw is the caller's, and stops nothing of ours. */
export function tell(callback: () => void): void {
  queueMicrotask(callback);
}
