//! A new migration folder is not noticed by Cargo on its own: the old set would be embedded.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
