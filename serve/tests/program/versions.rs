//! The version and the policy that `serve` answers with.

use livechat_units_axum::PATH;

use crate::process::{Serve, run};

const OLD_401: &str = r#"{"status":"error","message":"You must be logged in to do this."}"#;
const NEW_401: &str = r#"{"success":false,"error":"You must be logged in to do this."}"#;
const BOTH_401: &str = r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#;
const UNAUTHORIZED: &str = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;

#[test]
fn serve_takes_a_version_and_a_policy() {
    let none = r#"{"units":[],"count":0,"offset":0,"total":0,"success":true}"#;
    for (options, unauthenticated, agent) in [
        (&[][..], OLD_401, (403, UNAUTHORIZED)),
        (&["--server-version", "8.6.1"], BOTH_401, (200, none)),
        (&["--server-version", "9"], NEW_401, (200, none)),
        (&["--access-policy", "own-units"], OLD_401, (200, none)),
        (
            &[
                "--access-policy",
                "permission-required",
                "--server-version",
                "9",
            ],
            NEW_401,
            (403, UNAUTHORIZED),
        ),
    ] {
        let serve = Serve::start(options);
        for path in [PATH, "/explain", "/admin/units"] {
            let method = if path == "/admin/units" {
                "POST"
            } else {
                "GET"
            };
            for user in ["", "nobody"] {
                let reply = serve.ask(user, method, path, "");
                assert_eq!(
                    (reply.status, reply.text()),
                    (401, unauthenticated),
                    "{path}"
                );
            }
        }
        let reply = serve.ask("agent", "GET", PATH, "");
        assert_eq!((reply.status, reply.text()), agent, "{options:?}");
        // The policy lets nobody change the units.
        let document = r#"{"_id":"new","type":"u"}"#;
        assert_eq!(
            serve.ask("agent", "POST", "/admin/units", document).status,
            403
        );
        assert!(serve.units("").contains(r#""total":7,"#));
    }
    for (options, error) in [
        (
            ["--server-version", "7"],
            "error: --server-version: expected the minor number of release 7",
        ),
        (
            ["--access-policy", "none"],
            "error: --access-policy: expected permission-required or own-units, found \"none\"",
        ),
    ] {
        let refused = run(&options);
        let text = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2));
        assert!(text.starts_with(error), "{text}");
    }
}
