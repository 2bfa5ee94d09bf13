// The errors this package throws, and the core's status codes behind them; Python has the same names and texts.

/** An argument is wrong; the message names it, its value and what is allowed. */
export class ParameterError extends Error {
  override name = "ParameterError";
}

/** A model file is damaged, hostile or of another kind; the message names the fault. */
export class ModelFileError extends Error {
  override name = "ModelFileError";
}

/** An object was used before it was ready or after it was freed. */
export class StateError extends Error {
  override name = "StateError";
}

/** The core's memory is used up. */
export class MemoryError extends Error {
  override name = "MemoryError";
}

const BY_STATUS: Record<number, new (text: string) => Error> = {
  1: ParameterError,
  2: MemoryError,
  3: ParameterError,
  4: StateError,
};

/** The error for a status code of the core that is not 0. */
export function status_error(status: number, text: string): Error {
  return new (BY_STATUS[status] ?? Error)(text || `the core failed with status ${status}`);
}

/** A clip cannot be trained on, or training left the range of finite numbers. */
export class TrainingError extends Error {
  override name = "TrainingError";
}

/** A receipt is damaged, of another version of the bits, or does not belong to the clip. */
export class ReceiptError extends Error {
  override name = "ReceiptError";
}

const ALL = [MemoryError, ModelFileError, ParameterError, ReceiptError, StateError, TrainingError];

/** The error that was thrown on the other side of a port, where only its name and message come through. */
export function error_from({ name, message }: { name: string; message: string }): Error {
  return new (ALL.find((kind) => new kind("").name === name) ?? Error)(message);
}

/** What went wrong in a worker that was not caught there. */
export const worker_error = ({ message }: ErrorEvent): Error => new Error(message || "a worker could not be started");
