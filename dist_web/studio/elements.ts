// The page's elements by name, and how things are said to the user.

export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export const button = (id: string) => element<HTMLButtonElement>(id);
export const input = (id: string) => element<HTMLInputElement>(id);
export const canvas = (id: string) => element<HTMLCanvasElement>(id);

export function say(id: string, text: string): void {
  element(id).textContent = text;
}

/** Says what went wrong, or takes it back. */
export function problem(text: string | null): void {
  element("problem").hidden = text === null;
  say("problem", text ?? "");
}

/** Runs something for a click; what fails is said on the page. */
export function on(id: string, event: string, work: (event: Event) => unknown): void {
  element(id).addEventListener(event, async (given) => {
    try {
      problem(null);
      await work(given);
    } catch (error) {
      if ((error as Error).name !== "AbortError") problem((error as Error).message);
    }
  });
}

/** Offers bytes as a file to keep. */
export function download(name: string, bytes: Uint8Array, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Lets the page do what it has to do besides. */
export const rest = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
