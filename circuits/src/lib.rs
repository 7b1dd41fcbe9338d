//! The native relations of tabella-protocol stated as constraints.
