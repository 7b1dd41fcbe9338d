//! The circuits against their native relations.

mod agreement;
mod cast;
mod determined;
mod gadgets;
mod harness;
mod pokes;
mod transfer;
