//! A thread that speaks with the database, so that a store works under whatever runtime asks.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};

use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc;

/// A runtime of its own, on a thread of its own.
pub(super) struct Worker {
    handle: Handle,
    /// Held by everybody who still has something to do; `None` only while this is being dropped.
    alive: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (alive, mut all_done) = mpsc::channel(1);
        let thread = thread::Builder::new().name("key-store postgres".to_owned()).spawn(
            // Nothing is ever sent: the channel ends when nobody holds its other end any more.
            move || runtime.block_on(async move { while all_done.recv().await.is_some() {} }),
        )?;
        Ok(Self { handle, alive: Some(alive), thread: Some(thread) })
    }

    /// Carries something out to its end, also if nobody waits for it any more; `None` if it
    /// panicked.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.spawn(work).await.ok()
    }

    /// Carries something out while the thread that calls waits; the database is spoken with on
    /// the worker's own.
    pub(super) fn run_here<T>(&self, work: impl Future<Output = T>) -> T {
        let _entered = self.handle.enter();
        let mut work = pin!(work);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }

    fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        let alive = self.alive.clone();
        self.handle.spawn(async move {
            let outcome = work.await;
            drop(alive);
            outcome
        })
    }
}

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Drop for Worker {
    /// Waits until what was begun is done.
    fn drop(&mut self) {
        self.alive = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that speaks with the database panicked");
        }
    }
}
