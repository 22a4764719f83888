//! Changes by requests.

use std::net::UdpSocket;

use crate::process::Serve;

#[test]
fn a_change_is_in_the_next_answer() {
    let serve = Serve::start(&[]);
    let lines =
        "{\"_id\":\"n1\",\"type\":\"u\",\"name\":\"New\"}\n{\"_id\":\"n2\",\"type\":\"u\"}\n";
    let posted = serve.ask("manager", "POST", "/admin/units", lines);
    assert_eq!(
        (posted.status, posted.text()),
        (200, r#"{"notUnits":0,"success":true,"upserted":2}"#)
    );
    assert!(serve.units("text=new").contains(r#""name":"New""#));
    assert!(serve.units("").contains(r#""total":9,"#));

    let renamed = r#"{"_id":"n1","type":"u","name":"Renamed"}"#;
    assert_eq!(
        serve.ask("manager", "POST", "/admin/units", renamed).status,
        200
    );
    assert!(serve.units("text=new").contains(r#""total":0,"#));
    assert!(serve.units("text=renamed").contains(r#""total":1,"#));

    assert_eq!(
        serve
            .ask("manager", "DELETE", "/admin/units/n%31", "")
            .status,
        200
    );
    assert_eq!(
        serve.ask("manager", "DELETE", "/admin/units/n1", "").status,
        404
    );
    assert!(serve.units("").contains(r#""total":8,"#));

    let department = r#"{"_id":"n2","type":"d"}"#;
    let posted = serve.ask("manager", "POST", "/admin/units", department);
    assert_eq!(
        posted.text(),
        r#"{"notUnits":1,"success":true,"upserted":0}"#
    );
    assert!(serve.units("").contains(r#""total":7,"#));
}

#[test]
fn a_change_that_is_wrong_or_not_allowed_changes_nothing() {
    let serve = Serve::start(&[]);
    let unit = r#"{"_id":"n1","type":"u"}"#;
    let wrong = serve.ask("manager", "POST", "/admin/units", &format!("{unit}\n{{}}"));
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text().contains("line 2, column 1: "),
        "{}",
        wrong.text()
    );
    assert_eq!(serve.ask("agent", "POST", "/admin/units", unit).status, 403);
    assert_eq!(
        serve.ask("nobody", "POST", "/admin/units", unit).status,
        401
    );
    assert_eq!(serve.ask("", "POST", "/admin/units", unit).status, 401);
    let id = "/admin/units/xiAnkznAh4RSJ8DQT";
    assert_eq!(serve.ask("agent", "DELETE", id, "").status, 403);
    assert!(serve.units("").contains(r#""total":7,"#));
}

#[test]
fn a_change_is_bounded() {
    let serve = Serve::start(&[]);
    let unit = r#"{"_id":"n1","type":"u"}"#;
    let most = 8 << 20;
    let padded = |length: usize| format!("{unit}{}", "\n".repeat(length - unit.len()));
    assert_eq!(
        serve
            .ask("manager", "POST", "/admin/units", &padded(most))
            .status,
        200
    );
    let refused = serve.ask("manager", "POST", "/admin/units", &padded(most + 1));
    assert_eq!(refused.status, 413);
    assert!(
        refused.text().starts_with(r#"{"error":"#),
        "{}",
        refused.text()
    );
}

/// Shown only where this machine has an address that others reach it by.
#[test]
fn changes_come_from_this_machine_only() {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let own = match socket
        .connect("192.0.2.1:9")
        .and_then(|()| socket.local_addr())
    {
        Ok(own) if !own.ip().is_loopback() => own.ip(),
        _ => {
            eprintln!("not tested: there is no network");
            return;
        }
    };
    let serve = Serve::start_on(&format!("{own}:0"), &[]);
    serve.units("");
    let unit = r#"{"_id":"n1","type":"u"}"#;
    let refused = serve.ask("manager", "POST", "/admin/units", unit);
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("only from this machine"),
        "{}",
        refused.text()
    );
    assert!(serve.units("").contains(r#""total":7,"#));
}
