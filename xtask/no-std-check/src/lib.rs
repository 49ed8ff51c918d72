//! Links the crates of the lower layers, with the allocator but without `std`.
//!
//! If one of them needs `std`, this library has two panic handlers and is refused. It is built,
//! never run.

#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;

use {dukpt as _, kcv as _, key_types as _, payment_pki as _, rsa_wrap as _, tr31 as _, tr34 as _};

#[panic_handler]
fn stop(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// An allocator that has nothing to give.
struct NoMemory;

// SAFETY: a null pointer is what an allocator returns when there is no memory, and since no
// memory is handed out, none comes back.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;
