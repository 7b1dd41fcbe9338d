//! What waits to be verified: bounded, and fair between addresses. Each address has a lane of its own, blocks are gathered
//! from all lanes in turn, and when the queue is full whoever waits in the longest lane gives way: a flood displaces itself.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::address::Source;

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Items.
    pub items: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Items of one source.
    pub items_per_source: usize,
}

/// Why an item does not wait.
#[derive(Debug, PartialEq, Eq)]
pub enum NotQueued<T> {
    /// No room; the item comes back.
    Full(T),
    /// The queue is closed.
    Closed(T),
}

/// What was taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken<T> {
    /// Items with their sources, at least one.
    Items(Vec<(Source, T)>),
    /// Nothing came in the time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

/// The queue.
#[derive(Debug)]
pub struct FairQueue<T> {
    capacity: Capacity,
    lanes: Mutex<Lanes<T>>,
    ready: Condvar,
}

#[derive(Debug)]
struct Lanes<T> {
    waiting: HashMap<Source, VecDeque<(usize, T)>>,
    /// Sources with something in their lanes, the next to be served first.
    turns: VecDeque<Source>,
    items: usize,
    bytes: usize,
    closed: bool,
}

impl<T> FairQueue<T> {
    /// An empty queue.
    #[must_use]
    pub fn new(capacity: Capacity) -> Self {
        let lanes = Lanes { waiting: HashMap::new(), turns: VecDeque::new(), items: 0, bytes: 0, closed: false };
        Self { capacity, lanes: Mutex::new(lanes), ready: Condvar::new() }
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes<T>> {
        // Nothing below panics between two changes that belong together.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an item wait. Also gives back what had to give way for it.
    ///
    /// # Errors
    /// [`NotQueued`] with the item.
    pub fn push(&self, source: Source, bytes: usize, item: T) -> Result<Vec<T>, NotQueued<T>> {
        let mut lanes = self.lanes();
        if lanes.closed {
            return Err(NotQueued::Closed(item));
        }
        let own = lanes.waiting.get(&source).map_or(0, VecDeque::len);
        // What can never fit must not displace others first.
        if own >= self.capacity.items_per_source || bytes > self.capacity.bytes {
            return Err(NotQueued::Full(item));
        }
        let mut displaced = Vec::new();
        while lanes.items >= self.capacity.items || lanes.bytes + bytes > self.capacity.bytes {
            let longest = lanes.waiting.iter().max_by_key(|(_, lane)| lane.len());
            let Some(longest) = longest.filter(|(_, lane)| lane.len() > own + 1).map(|(source, _)| *source) else {
                // Its lane is as long as any.
                return if displaced.is_empty() {
                    Err(NotQueued::Full(item))
                } else {
                    displaced.push(item);
                    Ok(displaced)
                };
            };
            displaced.extend(lanes.take_last(longest));
        }
        lanes.add(source, bytes, item);
        drop(lanes);
        self.ready.notify_one();
        Ok(displaced)
    }

    /// Takes up to so many items, one lane after the other, and waits for the first if there is none.
    pub fn take(&self, items: usize, bytes: usize, patience: Duration) -> Taken<T> {
        let lanes = self.lanes();
        let (mut lanes, _) = self
            .ready
            .wait_timeout_while(lanes, patience, |lanes| lanes.items == 0 && !lanes.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if lanes.items == 0 {
            return if lanes.closed { Taken::Closed } else { Taken::Nothing };
        }
        let (mut taken, mut size) = (Vec::new(), 0);
        while taken.len() < items {
            let Some(next) = lanes.next_bytes().filter(|next| taken.is_empty() || size + next <= bytes) else { break };
            size += next;
            let Some(item) = lanes.take_next() else { break };
            taken.push(item);
        }
        Taken::Items(taken)
    }

    /// Lets nothing more in. What waits is still taken.
    pub fn close(&self) {
        self.lanes().closed = true;
        self.ready.notify_all();
    }

    /// How many items wait, and their bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let lanes = self.lanes();
        (lanes.items, lanes.bytes)
    }
}

impl<T> Lanes<T> {
    fn add(&mut self, source: Source, bytes: usize, item: T) {
        let lane = self.waiting.entry(source).or_default();
        if lane.is_empty() {
            self.turns.push_back(source);
        }
        lane.push_back((bytes, item));
        self.items += 1;
        self.bytes += bytes;
    }

    fn next_bytes(&self) -> Option<usize> {
        self.waiting.get(self.turns.front()?)?.front().map(|(bytes, _)| *bytes)
    }

    fn take_next(&mut self) -> Option<(Source, T)> {
        let source = self.turns.pop_front()?;
        let lane = self.waiting.get_mut(&source)?;
        let (bytes, item) = lane.pop_front()?;
        if lane.is_empty() {
            self.waiting.remove(&source);
        } else {
            self.turns.push_back(source);
        }
        self.items -= 1;
        self.bytes -= bytes;
        Some((source, item))
    }

    fn take_last(&mut self, source: Source) -> Option<T> {
        let lane = self.waiting.get_mut(&source)?;
        let (bytes, item) = lane.pop_back()?;
        if lane.is_empty() {
            self.waiting.remove(&source);
            self.turns.retain(|turn| *turn != source);
        }
        self.items -= 1;
        self.bytes -= bytes;
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn source(number: u8) -> Source {
        Source::new(IpAddr::from([10, 0, 0, number]))
    }

    fn queue() -> FairQueue<&'static str> {
        FairQueue::new(Capacity { items: 4, bytes: 1_000, items_per_source: 3 })
    }

    fn take(queue: &FairQueue<&'static str>, items: usize) -> Vec<&'static str> {
        match queue.take(items, usize::MAX, Duration::ZERO) {
            Taken::Items(items) => items.into_iter().map(|(_, item)| item).collect(),
            Taken::Nothing | Taken::Closed => Vec::new(),
        }
    }

    #[test]
    fn flood_of_one_address_does_not_delay_another() {
        let queue = queue();
        for item in ["a1", "a2", "a3"] {
            assert_eq!(queue.push(source(1), 1, item), Ok(vec![]));
        }
        assert_eq!(queue.push(source(1), 1, "a4"), Err(NotQueued::Full("a4")));
        assert_eq!(queue.push(source(2), 1, "b1"), Ok(vec![]));
        assert_eq!(take(&queue, 2), ["a1", "b1"]);
        assert_eq!(take(&queue, 9), ["a2", "a3"]);
    }

    #[test]
    fn whoever_waits_in_the_longest_lane_gives_way_when_the_queue_is_full() {
        let queue = queue();
        for item in ["a1", "a2", "a3"] {
            queue.push(source(1), 1, item).unwrap();
        }
        queue.push(source(2), 1, "b1").unwrap();
        assert_eq!(queue.push(source(3), 1, "c1"), Ok(vec!["a3"]));
        assert_eq!(queue.push(source(4), 1, "d1"), Ok(vec!["a2"]));
        // Now all lanes have one item: nobody gives way to anybody.
        assert_eq!(queue.push(source(5), 1, "e1"), Err(NotQueued::Full("e1")));
        assert_eq!(take(&queue, 9), ["a1", "b1", "c1", "d1"]);
        assert_eq!(queue.waiting(), (0, 0));
    }

    #[test]
    fn bytes_are_bounded_and_what_never_fits_displaces_nobody() {
        let queue = queue();
        queue.push(source(1), 400, "a1").unwrap();
        queue.push(source(1), 400, "a2").unwrap();
        assert_eq!(queue.push(source(2), 1_001, "b1"), Err(NotQueued::Full("b1")));
        assert_eq!(queue.push(source(2), 300, "b2"), Ok(vec!["a2"]));
        assert_eq!(queue.waiting(), (2, 700));
        assert_eq!(queue.take(9, 500, Duration::ZERO), Taken::Items(vec![(source(1), "a1")]));
    }

    #[test]
    fn closed_queue_gives_what_waits_and_takes_nothing_more() {
        let queue = queue();
        assert_eq!(queue.take(1, 1, Duration::ZERO), Taken::Nothing);
        queue.push(source(1), 1, "a1").unwrap();
        queue.close();
        assert_eq!(queue.push(source(1), 1, "a2"), Err(NotQueued::Closed("a2")));
        assert_eq!(take(&queue, 9), ["a1"]);
        assert_eq!(queue.take(1, 1, Duration::ZERO), Taken::Closed);
    }
}
