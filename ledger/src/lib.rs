//! Everything that remembers: state machine, store, log, checkpoints.
