//! The macro for the tests of a store.

/// One `#[test]` for each of [`CASES`](crate::CASES), with the name of the case, over a
/// [`Fixture`](crate::Fixture).
///
/// The expression is evaluated in each test. The documentation of [the crate](crate) has an
/// example.
#[macro_export]
macro_rules! conformance_tests {
    ($fixture:expr $(,)?) => {
        $crate::__conformance_cases! { [$crate::__conformance_test_functions] ($fixture) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test_functions {
    (
        ($fixture:expr)
        $($file:ident $section:literal {
            $($requirement:ident $name:ident $([$($group:ident)+])?,)*
        })*
    ) => {
        $($(
            #[test]
            fn $name() {
                $crate::run(stringify!($name), &$fixture);
            }
        )*)*
    };
}
