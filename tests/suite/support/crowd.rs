//! Many at once.

use std::sync::Barrier;

/// Runs `work` in so many threads that all start at once, and answers the status of each.
pub fn at_once(threads: usize, work: impl Fn(usize) -> u16 + Sync) -> Vec<u16> {
    let start = Barrier::new(threads);
    std::thread::scope(|scope| {
        let run = |index| {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                work(index)
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running.into_iter().map(|thread| thread.join().expect("a thread ends well")).collect()
    })
}
