// Waiting without a timer.

/** Lets other events have their turn. Browsers make a timer of no time last 4 ms; a message to oneself takes none. */
export function other_events(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
