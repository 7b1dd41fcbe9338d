// Epochs of an election: its times are cut into pieces of one length, counted from 1970.
/** When the epoch after that of a time begins: then a right can be used that was moved before. */
export const nextEpoch = (time: number, length: number): number => (Math.floor(time / length) + 1) * length;
