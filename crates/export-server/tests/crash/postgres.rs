//! The same with a database that outlives the servers: each start looks at what the one before it
//! had acknowledged, and is the next to be killed.

#[path = "../endpoint/postgres/schema.rs"]
mod schema;

use std::sync::Arc;

use super::*;

/// How many acknowledged operations a server is killed after, at most.
const ENOUGH: usize = 3 * WRITERS;

#[test]
fn what_was_acknowledged_survives_two_hundred_kills() {
    let Some(schema) = schema::Schema::new() else { return };
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let start = || {
        let mut command = Server::command(&data);
        command.args(["--store", &schema.url()]);
        Server::start(command)
    };
    let (mut all, mut told, mut random) = (Acknowledged::default(), Vec::new(), 2027);
    for cycle in 0..=CYCLES {
        let server = start();
        check_all(&server, &data, &told);
        told.drain(..).for_each(|told| all.add(told));
        if cycle == CYCLES {
            check_everything(&server, &data, &all);
            server.kill();
            break;
        }
        let count = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (address, count) = (server.address.clone(), Arc::clone(&count));
                thread::spawn(move || write(&address, cycle, writer, &count))
            })
            .collect();
        // While others are still being carried out.
        let enough = usize::try_from(next(&mut random)).unwrap() % ENOUGH;
        while count.load(Ordering::Relaxed) < enough {
            thread::sleep(Duration::from_millis(1));
        }
        server.kill();
        told.extend(writers.into_iter().map(|writer| writer.join().unwrap()));
    }
}
