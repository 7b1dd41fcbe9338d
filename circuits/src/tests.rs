//! The circuits against their native relations.

mod cast;
mod gadgets;
mod harness;
mod pokes;
mod transfer;
