//! Nobody reaches what is another's: the matrix of every documented operation, every caller, and every id they may name.
//! It is made from the document of the router under test, and ends with what it cannot fill, so no operation is left out.

mod beside;
mod document;
mod matrix;
mod request;
mod roles;
mod rows;
mod world;
