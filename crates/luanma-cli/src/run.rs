//! A run over files: read, worked on by any number of threads, written in order.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;

use crate::decoding::Decoding;
use crate::format::Format;
use crate::input::{Block, Blocks, Source};
use crate::text;
use crate::work::{Settings, Worked, Worker};

/// How many bytes may be read and not yet written. A longer block goes alone.
const IN_FLIGHT: usize = 16 << 20;

/// A buffer longer than this grows only while nothing else is in flight.
const GROWS_ALONE: usize = 4 << 20;

/// What the beginning or the end of a file counts in flight.
const MARKER: usize = 1 << 10;

/// What happens in a run, in order.
#[derive(Debug)]
pub(crate) enum Event<B> {
    /// A file was opened.
    Start(usize),
    Block(B),
    /// A file that is no stream is to be worked on by whoever takes this.
    Whole(usize),
    /// A file has ended, or could not be opened or read.
    End(usize, io::Result<()>),
}

/// Takes what happens.
pub(crate) trait Sink {
    /// The next event. An error ends the run.
    fn take(&mut self, event: Event<Worked>) -> anyhow::Result<()>;
}

/// Works on `sources` with `threads` threads; `sink` gets the events in the order of the input.
pub(crate) fn run(
    sources: &[(Source, Format)],
    threads: usize,
    settings: &Arc<Settings>,
    bar: Option<Arc<ProgressBar>>,
    sink: &mut impl Sink,
) -> anyhow::Result<()> {
    let mut feed = Feed {
        sources: sources.iter().cloned().enumerate().collect(),
        current: None,
        settings: Arc::clone(settings),
        threads,
        bar,
        shared: None,
    };
    // Little input is worked on here, without threads.
    let mut begun = VecDeque::new();
    let mut blocks = 0;
    while threads > 1 && blocks < 2 {
        let Some(event) = feed.next() else { break };
        blocks += usize::from(matches!(event, Event::Block(_)));
        begun.push_back(event);
    }
    if blocks < 2 {
        let mut worker = Worker::default();
        for event in begun.into_iter().chain(feed) {
            sink.take(event.map(|block| worker.work(block, settings)))?;
        }
        return Ok(());
    }
    let shared = Arc::new(Shared::default());
    feed.shared = Some(Arc::clone(&shared));
    // The threads are not waited for: the reader may be waiting for input that nobody wants any more.
    {
        let shared = Arc::clone(&shared);
        std::thread::spawn(move || read(begun.into_iter().chain(feed), &shared));
    }
    for _ in 0..threads {
        let (shared, settings) = (Arc::clone(&shared), Arc::clone(settings));
        std::thread::spawn(move || work(&shared, &settings));
    }
    while let Some((event, size)) = shared.next_done() {
        sink.take(event)?;
        shared.lock(|state| state.in_flight -= size);
    }
    Ok(())
}

impl<B> Event<B> {
    fn map<C>(self, work: impl FnOnce(B) -> C) -> Event<C> {
        match self {
            Self::Start(file) => Event::Start(file),
            Self::Block(block) => Event::Block(work(block)),
            Self::Whole(file) => Event::Whole(file),
            Self::End(file, result) => Event::End(file, result),
        }
    }
}

/// Reads the sources one after the other.
struct Feed {
    sources: VecDeque<(usize, (Source, Format))>,
    current: Option<(usize, Blocks)>,
    settings: Arc<Settings>,
    threads: usize,
    bar: Option<Arc<ProgressBar>>,
    /// What the other threads do, if there are any.
    shared: Option<Arc<Shared>>,
}

impl Iterator for Feed {
    type Item = Event<Block>;

    fn next(&mut self) -> Option<Event<Block>> {
        let Some((file, blocks)) = &mut self.current else {
            let (file, (source, format)) = self.sources.pop_front()?;
            if format == Format::Parquet {
                return Some(Event::Whole(file));
            }
            return Some(match source.open(self.bar.clone()) {
                Ok(mut source) => {
                    if self.settings.decoding.is_some() && format.is_decoded_first() {
                        source = Box::new(Decoding::new(source, &self.settings, self.threads, file, format));
                    }
                    let cutter = format.cutter(&self.settings);
                    self.current = Some((file, Blocks::new(source, format, cutter)));
                    Event::Start(file)
                }
                Err(e) => Event::End(file, Err(e)),
            });
        };
        let cut_line = |line: &[u8]| text::cut_line(line, self.settings.repairer());
        let grow = |length| {
            if let Some(shared) = self.shared.as_ref().filter(|_| length > GROWS_ALONE) {
                drop(shared.wait_until(|state| state.in_flight == 0));
            }
        };
        match blocks.next(cut_line, grow) {
            Ok(Some(block)) => Some(Event::Block(block)),
            other => {
                let file = *file;
                self.current = None;
                Some(Event::End(file, other.map(drop)))
            }
        }
    }
}

/// What the threads share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(u64, Block)>,
    done: BTreeMap<u64, (Event<Worked>, usize)>,
    /// Bytes that are read and not yet written.
    in_flight: usize,
    /// How many events were read and how many were taken.
    read: u64,
    taken: u64,
    all_read: bool,
}

impl Shared {
    fn wait_until(&self, condition: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.changed.wait_while(state, |state| !condition(state)).unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.wait_until(|_| true));
        self.changed.notify_all();
    }

    fn post(&self, event: Event<Block>) {
        let size = if let Event::Block(block) = &event { block.bytes.len() } else { MARKER };
        let mut state = self.wait_until(|state| state.in_flight == 0 || state.in_flight + size <= IN_FLIGHT);
        let number = state.read;
        state.read += 1;
        state.in_flight += size;
        match event {
            Event::Block(block) => state.waiting.push_back((number, block)),
            Event::Start(file) => drop(state.done.insert(number, (Event::Start(file), size))),
            Event::Whole(file) => drop(state.done.insert(number, (Event::Whole(file), size))),
            Event::End(file, result) => drop(state.done.insert(number, (Event::End(file, result), size))),
        }
        drop(state);
        self.changed.notify_all();
    }

    /// The next event in order, and what it counts in flight; none after the last.
    fn next_done(&self) -> Option<(Event<Worked>, usize)> {
        let next = |state: &State| state.done.contains_key(&state.taken);
        let mut state = self.wait_until(|state| next(state) || state.all_read && state.taken == state.read);
        let number = state.taken;
        let event = state.done.remove(&number)?;
        state.taken += 1;
        Some(event)
    }
}

fn read(events: impl Iterator<Item = Event<Block>>, shared: &Shared) {
    let mut current = 0;
    let result = catch_unwind(AssertUnwindSafe(|| {
        for event in events {
            if let Event::Start(file) = event {
                current = file;
            }
            shared.post(event);
        }
    }));
    if result.is_err() {
        shared.post(Event::End(current, Err(io::Error::other("internal error while reading"))));
    }
    shared.lock(|state| state.all_read = true);
}

fn work(shared: &Shared, settings: &Settings) {
    let mut worker = Worker::default();
    loop {
        let mut state = shared.wait_until(|state| !state.waiting.is_empty() || state.all_read);
        let Some((number, block)) = state.waiting.pop_front() else { return };
        drop(state);
        let size = block.bytes.len();
        let worked = worker.work(block, settings);
        shared.lock(|state| drop(state.done.insert(number, (Event::Block(worked), size))));
    }
}
