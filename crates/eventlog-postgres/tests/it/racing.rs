//! Servers of one database that append at the same time.

use std::collections::BTreeSet;
use std::sync::Arc;

use eventlog::suite::{adapter, removal};
use eventlog::{AppendError, Batch, EventLog, PAGE_EVENTS_MAX};
use eventlog_postgres::PostgresLog;
use events::{Incoming, Position, Revision};
use proof::{SignedCheckpoint, WitnessKey};
use tokio::task::JoinSet;

use crate::common::{self, Place};

const SERVERS: u64 = 3;

async fn servers(place: &Place) -> Vec<Arc<PostgresLog>> {
    let url = place.database().await;
    common::init(&url, "example.org/race").await;
    let mut servers = Vec::new();
    for seed in 1..=SERVERS {
        servers.push(Arc::new(common::open(&url, seed, None).await));
    }
    servers
}

/// Every server sees every event, and all see the same.
async fn same(servers: &[Arc<PostgresLog>], count: u64) {
    let mut answers = Vec::new();
    for server in servers {
        assert_eq!(server.watch(Position(count - 1)).await.unwrap(), Position(count));
        let page = server.page(Position(1), PAGE_EVENTS_MAX).await.unwrap();
        assert!(page.iter().zip(1..).all(|(event, at)| event.position() == Position(at)));
        let heads = [server.head(None).await, server.head(Some(Position(count / 2))).await];
        answers.push((page, heads));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_position_is_lost_or_given_twice() {
    let place = Place::new().await;
    let servers = servers(&place).await;
    let mut appending = JoinSet::new();
    for (server, which) in servers.iter().zip(0_u64..) {
        for caller in 0..4_u64 {
            let server = Arc::clone(server);
            appending.spawn(async move {
                let mut given = Vec::new();
                for batch in 0..25_u64 {
                    let name = |n| format!("s{which}-{caller}-{batch}-{n}");
                    let events =
                        (0..3).map(|n| removal(&name(n), &format!("C{}", (batch + n) % 5)));
                    let receipts = server.append(adapter(events.collect())).await.unwrap();
                    given.extend(receipts.iter().map(|receipt| (receipt.position, receipt.leaf)));
                }
                given
            });
        }
    }
    let given: Vec<_> = appending.join_all().await.concat();
    let positions: BTreeSet<u64> = given.iter().map(|(position, _)| position.0).collect();
    assert_eq!(positions, (1..=given.len() as u64).collect());
    same(&servers, given.len() as u64).await;
    for (position, leaf) in given {
        let found = servers[0].at(&[position]).await.unwrap();
        assert_eq!(found[0].leaf(), leaf);
    }
}

fn expecting(revision: u64, id: &str) -> Batch {
    let event = Incoming { expected_revision: Some(revision), ..removal(id, "C0") };
    adapter(vec![event])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_who_expect_one_revision_one_is_taken() {
    let place = Place::new().await;
    let servers = servers(&place).await;
    let mut positions = 0;
    for revision in 0..40 {
        let mut racing = JoinSet::new();
        for (server, which) in servers.iter().zip(0_u64..) {
            let pending = server.append(expecting(revision, &format!("r{revision}-s{which}")));
            racing.spawn(pending);
        }
        let (taken, refused): (Vec<_>, Vec<_>) =
            racing.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!((taken.len(), refused.len()), (1, servers.len() - 1));
        for error in refused.into_iter().filter_map(Result::err) {
            let AppendError::RevisionMismatch { unseen, .. } = error else { panic!("{error:?}") };
            assert_eq!(unseen.last().map(|event| event.revision), Some(Revision(revision + 1)));
        }
        positions += 1;
        assert_eq!(taken[0].as_ref().unwrap()[0].position, Position(positions));
    }
    same(&servers, positions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_event_at_all_servers_is_recorded_once() {
    let place = Place::new().await;
    let servers = servers(&place).await;
    for round in 0..20 {
        let mut racing = JoinSet::new();
        for server in &servers {
            racing.spawn(server.append(adapter(vec![removal(&format!("r{round}"), "C1")])));
        }
        let receipts = racing.join_all().await.into_iter().map(|done| done.unwrap()[0]);
        let receipts: Vec<_> = receipts.collect();
        let new = receipts.iter().filter(|receipt| !receipt.already_recorded).count();
        assert_eq!(new, 1);
        assert!(receipts.iter().all(|receipt| receipt.leaf == receipts[0].leaf));
    }
    same(&servers, 20).await;
}

/// Streams are given numbers, and several servers give them at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_begins_streams() {
    let place = Place::new().await;
    let servers = servers(&place).await;
    let mut appending = JoinSet::new();
    for (server, which) in servers.iter().zip(0_u64..) {
        for caller in 0..8 {
            let server = Arc::clone(server);
            appending.spawn(async move {
                for n in 0..25 {
                    let name = format!("s{which}-{caller}-{n}");
                    server.append(adapter(vec![removal(&name, &name)])).await.unwrap();
                }
            });
        }
    }
    appending.join_all().await;
    same(&servers, SERVERS * 8 * 25).await;
}

/// Cosignatures that come to two servers at the same time are kept both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn witnesses_of_one_checkpoint_do_not_displace_each_other() {
    let place = Place::new().await;
    let servers = servers(&place).await;
    let keys = [servers[0].verifier_key().unwrap()];
    let names = (1_u8..=3).map(|n| WitnessKey::from_seed(&format!("w{n}.example"), &[n; 32]));
    let witnesses: Vec<WitnessKey> = names.collect::<Result<_, _>>().unwrap();
    let known: Vec<_> = witnesses.iter().map(|witness| witness.verifier().clone()).collect();
    for size in 1..=20 {
        servers[0].append(adapter(vec![removal(&format!("r{size}"), "C1")])).await.unwrap();
        let mut keeping = JoinSet::new();
        for (server, witness) in servers.iter().zip(&witnesses) {
            assert!(server.watch(Position(size - 1)).await.unwrap() >= Position(size));
            let text = server.checkpoint(Position(size)).await.unwrap().unwrap();
            let mut copy = SignedCheckpoint::open(text.as_bytes(), &keys).unwrap();
            witness.cosign(&mut copy, 1_700_000_000).unwrap();
            let (server, known) = (Arc::clone(server), known.clone());
            keeping.spawn(async move {
                server.keep_cosignatures(copy.to_string().as_bytes(), &known).await.unwrap();
            });
        }
        keeping.join_all().await;
        let text = servers[0].checkpoint(Position(size)).await.unwrap().unwrap();
        let kept = SignedCheckpoint::open(text.as_bytes(), &keys).unwrap();
        assert_eq!(kept.cosignatures(&known).unwrap().len(), witnesses.len());
    }
}
