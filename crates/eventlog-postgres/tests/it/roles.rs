//! Logins that may do no more than they must.

use eventlog::suite::{adapter, removal};
use eventlog::{AppendError, Batch, EventLog};
use events::Position;

use crate::common::{self, Place};

const INSUFFICIENT: &str = "42501";

fn erase(child: &str) -> Batch {
    Batch::Erase {
        subject: format!("child/{child}").parse().unwrap(),
        authority: "a court".to_owned(),
        reason: "a test".to_owned(),
        recorded_by: "tester".to_owned(),
    }
}

/// A database whose log is owned by a login that is no superuser, and logins beside it.
async fn made(place: &Place) -> (String, String) {
    let database = place.named_database().await;
    let sql = place.sql(&database).await;
    sql.batch_execute(
        "CREATE ROLE migrator LOGIN CREATEROLE; GRANT CREATE ON DATABASE log0 TO migrator;",
    )
    .await
    .unwrap();
    let url = place.cluster.url(&database);
    common::init(&url.replace("postgres@", "migrator@"), "example.org/roles").await;
    sql.batch_execute(
        "CREATE ROLE server LOGIN IN ROLE casetrail_writer; \
         CREATE ROLE archivist LOGIN IN ROLE casetrail_writer, casetrail_eraser; \
         CREATE ROLE visitor LOGIN IN ROLE casetrail_reader;",
    )
    .await
    .unwrap();
    (database, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_login_does_what_it_is_for() {
    let place = Place::new().await;
    let (database, url) = made(&place).await;
    let login = |name: &str| url.replace("postgres@", &format!("{name}@"));
    let server = common::open(&login("server"), 1, None).await;
    let events = ["C1", "C2", "C3"].iter().map(|child| removal(&format!("r-{child}"), child));
    server.append(adapter(events.collect())).await.unwrap();

    // What a writer does is in the grants; what nobody does is in triggers.
    let sql = place.sql(&database).await;
    let changes = [
        "UPDATE casetrail.event SET data = '{}'",
        "DELETE FROM casetrail.event",
        "TRUNCATE casetrail.event",
        "UPDATE casetrail.stream SET name = 'x'",
        "DELETE FROM casetrail.stream",
        "UPDATE casetrail.name SET text = 'x'",
        "DELETE FROM casetrail.block",
        "UPDATE casetrail.block SET number = number",
        "UPDATE casetrail.head SET position = position - 1",
        "UPDATE casetrail.head SET erasures = erasures - 1",
        "DELETE FROM casetrail.head",
    ];
    for role in ["casetrail_writer", "casetrail_reader", "casetrail_eraser"] {
        for change in changes {
            let change = format!("SET ROLE {role}; {change}");
            let code = common::refused(&sql, &change).await;
            assert_eq!(code, INSUFFICIENT, "{change}");
            sql.batch_execute("RESET ROLE").await.unwrap();
        }
    }
    for change in changes {
        // Also to the superuser they say no.
        assert_eq!(common::refused(&sql, change).await, INSUFFICIENT, "{change}");
    }
    let more = [
        ("casetrail_writer", "UPDATE casetrail.head SET erasures = erasures + 1"),
        ("casetrail_eraser", "UPDATE casetrail.head SET position = position + 1"),
        ("casetrail_eraser", "SELECT key FROM casetrail.log"),
        ("casetrail_reader", "SELECT key FROM casetrail.log"),
        ("casetrail_reader", "INSERT INTO casetrail.name VALUES (99, 'x')"),
    ];
    for (role, change) in more {
        let refused = common::refused(&sql, &format!("SET ROLE {role}; {change}")).await;
        assert_eq!(refused, INSUFFICIENT, "{role}: {change}");
        sql.batch_execute("RESET ROLE").await.unwrap();
    }
    assert!(server.rotate_key("tester").await.is_err(), "the owner replaces keys");
    assert_eq!(server.head(None).await.unwrap().position, Position(3));
    // An eraser empties an event whole, and brings nothing back.
    let half = "SET ROLE casetrail_eraser; UPDATE casetrail.event SET data = NULL";
    assert_eq!(common::refused(&sql, half).await, INSUFFICIENT);
    sql.batch_execute("RESET ROLE").await.unwrap();

    let before = server.head(None).await.unwrap();
    let refused = server.append(erase("C1")).await.unwrap_err();
    let AppendError::Read(why) = &refused else { panic!("{refused:?}") };
    assert!(why.to_string().contains(INSUFFICIENT), "{why}");
    assert_eq!(server.head(None).await.unwrap(), before, "nothing of it happened");
    server.append(adapter(vec![removal("r4", "C4")])).await.unwrap();

    let archivist = common::open(&login("archivist"), 2, None).await;
    archivist.append(erase("C1")).await.unwrap();
    server.watch(Position(4)).await.unwrap();
    assert_eq!(server.head(None).await.unwrap().erased, 1);

    let visitor = common::open(&login("visitor"), 3, None).await;
    assert_eq!(visitor.head(None).await, server.head(None).await);
    assert_eq!(visitor.page(Position(1), 10).await, server.page(Position(1), 10).await);
    assert!(visitor.verifier_key().is_none() && server.verifier_key().is_some());
    assert_eq!(visitor.checkpoint(Position(2)).await, Ok(None), "without the key it signs nothing");
    assert!(visitor.append(adapter(vec![removal("r5", "C5")])).await.is_err());
    assert_eq!(server.head(None).await.unwrap().position, Position(5));
}

/// Roles are of the whole cluster; the second log in it is begun by somebody who may make none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_log_uses_the_roles_that_are_there() {
    let place = Place::new().await;
    made(&place).await;
    let database = place.named_database().await;
    let sql = place.sql(&database).await;
    let grants = format!("CREATE ROLE owner LOGIN; GRANT CREATE ON DATABASE {database} TO owner");
    sql.batch_execute(&grants).await.unwrap();
    let url = place.cluster.url(&database);
    common::init(&url.replace("postgres@", "owner@"), "example.org/second").await;
    let server = common::open(&url.replace("postgres@", "server@"), 1, None).await;
    server.append(adapter(vec![removal("r1", "C1")])).await.unwrap();
    let archivist = common::open(&url.replace("postgres@", "archivist@"), 2, None).await;
    archivist.append(erase("C1")).await.unwrap();
}
