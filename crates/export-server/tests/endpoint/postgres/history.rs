//! Two servers under sixteen clients that read and change the same aliases and key states, one of
//! them killed on the way: what all saw fits one order of the changes.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use super::{Shared, create};
use crate::program::Running;

const CLIENTS: usize = 16;
/// How many each makes.
const OPERATIONS: usize = 20;
/// So few that most operations meet others: the first are aliases, the others keys.
const OBJECTS: usize = 4;

/// What was done with an object and came out, between two moments of a clock that only counts.
#[derive(Clone, Debug)]
struct Event {
    began: usize,
    /// `None` if nobody was told that it was done, nor that it was not.
    ended: Option<usize>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// It had this value.
    Read(String),
    /// Whatever it had, it got this value.
    Wrote(String),
    /// It had the first value and got the second.
    Changed(&'static str, &'static str),
}

impl What {
    /// The value after it, if it fits the value before.
    fn after(&self, before: &str) -> Option<String> {
        match self {
            Self::Read(value) => (value == before).then(|| value.clone()),
            Self::Wrote(value) => Some(value.clone()),
            Self::Changed(from, to) => (*from == before).then(|| (*to).to_owned()),
        }
    }
}

/// Whether there is one order of the events in which each fits the value before it, and none comes
/// after one that began only when it had ended.
///
/// Tries every order that may be, and no set of events with a value twice. An event that nobody was
/// told of may also never have been.
fn is_linear(first: &str, mut events: Vec<Event>) -> bool {
    events.sort_by_key(|event| event.began);
    let mut seen = HashSet::new();
    let mut open = vec![(vec![false; events.len()], first.to_owned())];
    while let Some((done, value)) = open.pop() {
        let left = || events.iter().enumerate().filter(|(number, _)| !done[*number]);
        // Nothing may come before this that began after it.
        let Some(limit) = left().filter_map(|(_, event)| event.ended).min() else { return true };
        let next = left().take_while(|(_, event)| event.began < limit);
        for (number, event) in next {
            let Some(value) = event.what.after(&value) else { continue };
            let mut done = done.clone();
            done[number] = true;
            if seen.insert((done.clone(), value.clone())) {
                open.push((done, value));
            }
        }
    }
    false
}

/// One client: calls its server, or the first one once its own is gone.
struct Client<'a> {
    servers: &'a [Running; 2],
    number: usize,
    clock: &'a AtomicUsize,
    /// Numbers that follow from one another.
    random: usize,
    events: Vec<(usize, Event)>,
}

impl Client<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.random >> 33) % bound
    }

    /// The answer: whether it was carried out, and the body. `None` if that is not known.
    fn call(&mut self, operation: &str, body: &Value) -> Option<(bool, Value)> {
        let answer = self.servers[self.number % 2].try_call(operation, &body.to_string());
        let (head, body) = answer.as_ref().ok()?.split_once("\r\n\r\n")?;
        let body: Value = serde_json::from_str(body).ok()?;
        let is_done = head.starts_with("HTTP/1.1 200");
        let code = body["__type"].as_str().unwrap_or_default();
        assert!(is_done || code == "ConflictException" || head.contains(" 500 "), "{head} {body}");
        (!head.contains(" 500 ")).then_some((is_done, body))
    }

    /// Calls an operation and notes what came out; what it does to the object is known before,
    /// what it reads is in the answer.
    fn note(&mut self, object: usize, call: (&str, Value), what: impl Fn(&Value) -> What) {
        let (operation, body) = call;
        let began = self.clock.fetch_add(1, Ordering::SeqCst);
        let answer = self.call(operation, &body);
        let ended = self.clock.fetch_add(1, Ordering::SeqCst);
        let event = match answer {
            Some((true, answer)) => Event { began, ended: Some(ended), what: what(&answer) },
            Some((false, _)) => return,
            None => {
                self.number = 0;
                Event { began, ended: None, what: what(&Value::Null) }
            }
        };
        self.events.push((object, event));
    }

    fn work(mut self, objects: &[String; OBJECTS]) -> Vec<(usize, Event)> {
        for _ in 0..OPERATIONS {
            let object = self.below(OBJECTS);
            let name = &objects[object];
            let is_alias = name.starts_with("alias/");
            match (is_alias, self.below(3)) {
                (true, 0) => {
                    let read = ("GetAlias", json!({"AliasName": name}));
                    self.note(object, read, |answer| What::Read(text(&answer["Alias"]["KeyArn"])));
                }
                (true, _) => {
                    // To a key of its own, so that it is known who pointed it there.
                    let made = create(&self.servers[0]);
                    let write = ("UpdateAlias", json!({"AliasName": name, "KeyArn": made}));
                    self.note(object, write, |_| What::Wrote(made.clone()));
                }
                (false, 0) => {
                    let read = ("GetKey", json!({"KeyIdentifier": name}));
                    self.note(object, read, |answer| What::Read(text(&answer["Key"]["KeyState"])));
                }
                (false, 1) => {
                    let delete = ("DeleteKey", json!({"KeyIdentifier": name}));
                    self.note(object, delete, |_| What::Changed(THERE, PENDING));
                }
                (false, _) => {
                    let restore = ("RestoreKey", json!({"KeyIdentifier": name}));
                    self.note(object, restore, |_| What::Changed(PENDING, THERE));
                }
            }
        }
        self.events
    }
}

const THERE: &str = "CREATE_COMPLETE";
const PENDING: &str = "DELETE_PENDING";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_clients_of_two_servers_see_is_linear_also_if_one_is_killed() {
    let Some(shared) = Shared::new() else { return };
    let servers = [1, 2].map(|number| shared.start(number));
    let keys = [(); OBJECTS].map(|()| create(&servers[0]));
    let objects =
        ["alias/first".to_owned(), "alias/second".to_owned(), keys[2].clone(), keys[3].clone()];
    for (name, arn) in objects.iter().zip(&keys).take(2) {
        let body = format!(r#"{{"AliasName": "{name}", "KeyArn": "{arn}"}}"#);
        assert!(servers[1].call("CreateAlias", &body).contains(arn.as_str()));
    }

    let clock = AtomicUsize::new(0);
    let client = |number: usize| {
        let (servers, clock) = (&servers, &clock);
        Client { servers, number, clock, random: number, events: Vec::new() }
    };
    let mut events = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (client, objects) = (client(number), &objects);
                scope.spawn(move || client.work(objects))
            })
            .collect();
        // Halfway: each operation lets the clock tick twice.
        while clock.load(Ordering::SeqCst) < CLIENTS * OPERATIONS {
            thread::yield_now();
        }
        kill_process(servers[1].pid(), Signal::KILL).unwrap();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    // What is there in the end is seen by one more.
    let mut last = client(0);
    for (object, name) in objects.iter().enumerate() {
        match object {
            0 | 1 => last.note(object, ("GetAlias", json!({"AliasName": name})), |answer| {
                What::Read(text(&answer["Alias"]["KeyArn"]))
            }),
            _ => last.note(object, ("GetKey", json!({"KeyIdentifier": name})), |answer| {
                What::Read(text(&answer["Key"]["KeyState"]))
            }),
        }
    }
    events.extend(last.events);

    let untold = events.iter().filter(|(_, event)| event.ended.is_none()).count();
    assert!(untold <= CLIENTS / 2, "{untold}");
    for (object, name) in objects.iter().enumerate() {
        let of_object = events.iter().filter(|(number, _)| *number == object);
        let of_object: Vec<_> = of_object.map(|(_, event)| event.clone()).collect();
        let is_change = |event: &&Event| !matches!(event.what, What::Read(_));
        assert!(of_object.iter().filter(is_change).count() > 5, "{name}: {of_object:?}");
        let first = if object < 2 { &*keys[object] } else { THERE };
        assert!(is_linear(first, of_object.clone()), "{name}: {of_object:?}");
    }
    let [first, second] = servers;
    first.stop(Signal::TERM);
    drop(second);
}

#[test]
fn the_check_finds_what_is_not_linear() {
    let event = |began, ended, what| Event { began, ended, what };
    let read = |began, ended, value: &str| event(began, Some(ended), What::Read(value.to_owned()));
    let wrote =
        |began, ended, value: &str| event(began, Some(ended), What::Wrote(value.to_owned()));
    let untold = |began, value: &str| event(began, None, What::Wrote(value.to_owned()));
    let changed = |began, ended, from, to| event(began, Some(ended), What::Changed(from, to));
    let fits = |events: &[Event]| is_linear("a", events.to_vec());

    assert!(fits(&[wrote(1, 4, "b"), read(2, 3, "a"), read(2, 3, "b")]));
    assert!(fits(&[wrote(1, 6, "b"), wrote(2, 5, "c"), read(7, 8, "b"), read(3, 4, "c")]));
    assert!(fits(&[changed(1, 4, "a", "b"), changed(2, 3, "b", "a"), read(5, 6, "a")]));
    assert!(fits(&[untold(1, "b"), read(2, 3, "a"), read(4, 5, "b")]));
    assert!(fits(&[untold(1, "b"), read(2, 3, "a"), read(4, 5, "a")]));
    // A stale read, one from the future, a lost change, two winners, two orders, a thing undone.
    assert!(!fits(&[wrote(1, 2, "b"), read(3, 4, "a")]));
    assert!(!fits(&[read(1, 2, "b"), wrote(3, 4, "b")]));
    assert!(!fits(&[wrote(1, 2, "b"), read(3, 4, "c")]));
    assert!(!fits(&[changed(1, 4, "a", "b"), changed(2, 3, "a", "b")]));
    assert!(!fits(&[wrote(1, 9, "b"), wrote(1, 9, "c"), read(10, 11, "b"), read(12, 13, "c"),]));
    assert!(!fits(&[untold(1, "b"), read(2, 3, "b"), read(4, 5, "a")]));
}
