//! Many proofs, or verifications, on many cores.
//!
//! A parallel iterator of rayon is no way to do many jobs that are parallel inside: a thread that waits for a part of its
//! job takes the next whole job on top of it, and its stack grows with the number of jobs.

use std::{
    panic,
    sync::{Mutex, PoisonError},
    thread,
};

use rayon::{ThreadPoolBuilder, prelude::*};

/// Does every job, and gives the results in the order of the jobs.
///
/// With fewer jobs than cores, all cores share each job. With as many or more, each core does whole jobs: that wastes no
/// time on sharing, and no more jobs are under way, and in memory, than there are cores.
pub fn each<J: Send, R: Send>(jobs: Vec<J>, work: impl Fn(J) -> R + Sync) -> Vec<R> {
    let cores = rayon::current_num_threads();
    if cores == 1 {
        return jobs.into_iter().map(work).collect();
    }
    // A browser has the threads of the pool and no others.
    if jobs.len() < cores || cfg!(target_arch = "wasm32") {
        return jobs.into_par_iter().map(&work).collect();
    }
    let queue = Mutex::new(jobs.into_iter().enumerate());
    let worker = || {
        // Parallel iterators inside of a job find a pool of this thread alone. If none can be made, they use the common one.
        let _pool = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let mut done = Vec::new();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, job)) = next else { return done };
            done.push((index, work(job)));
        }
    };
    let mut done = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)));
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for threads in 1..4 {
            for jobs in 0..10_u64 {
                let found = on_threads(threads, || each((0..jobs).collect(), |job| job * job));
                assert_eq!(found, (0..jobs).map(|job| job * job).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn no_more_jobs_are_under_way_than_there_are_cores() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let job = |_: u64| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let total: u64 = (0..1000_u64).into_par_iter().sum();
            assert_eq!(rayon::current_num_threads(), 1);
            running.fetch_sub(1, Ordering::SeqCst);
            total
        };
        let found = on_threads(3, || each((0..50).collect(), job));
        assert_eq!(found, [499_500; 50]);
        assert!(most.load(Ordering::SeqCst) <= 3);
    }
}
