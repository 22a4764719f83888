//! The list of all cases. Each case is a function in one of the modules here.
//!
//! The list is written once, in `__conformance_cases!`. That macro passes it to another one:
//! to `all_cases!`, which makes [`CASES`], or to `__conformance_test_functions!`, which makes
//! one `#[test]` of each case in the tests of a store. The compiler warns of a function that
//! is not in the list, because nothing else calls it.

mod arrays;
mod cursor_extremes;
mod cursor_paths;
mod cursor_values;
mod cursors;
mod dates;
mod documents;
mod extremes;
mod fields;
mod folding;
mod injection;
mod literal;
mod mixed;
mod mongodb;
mod order;
mod pages;
mod random;
mod scope;
mod text;
mod values;
mod walks;
mod writes;

use crate::case::{Case, Group, Requirement};

/// The list. The macro at the path in brackets is called with the tokens after it, followed by
/// the list: modules with a section of SPEC, and in each the cases with their groups.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ([$($then:tt)+] $($with:tt)*) => {
        $($then)+! {
            $($with)*
            mixed "§1" {
                Required mixed_departments_are_not_listed,
                Required mixed_departments_are_not_counted,
                Required mixed_departments_are_not_matched,
                Required mixed_departments_are_outside_every_scope,
                Required mixed_types_other_than_u,
                Required mixed_array_of_types,
                Required mixed_type_at_the_top_level,
                Required mixed_without_units,
                Required mixed_departments_cause_no_errors,
            }
            documents "§1" {
                Required documents_keep_keys_and_their_order,
                Optional documents_with_the_id_after_other_fields,
                Required documents_that_are_damaged,
                Required documents_with_values_of_every_type,
                Required documents_with_strings_of_every_kind,
                Required documents_with_integers_of_64_bits,
                Required documents_with_doubles,
                Optional documents_keep_digits [Digits],
                Required documents_with_dates,
                Required documents_with_object_ids,
                Optional documents_with_broken_wrappers,
                Required documents_with_odd_keys,
                Optional documents_with_an_empty_key,
                Optional documents_with_dollars_in_keys,
                Optional documents_with_dots_in_keys,
                Optional documents_with_nul [Nul],
                Optional documents_with_nul_in_keys [Nul],
            }
            extremes "§1" {
                Required documents_with_odd_ids,
                Optional documents_with_an_empty_id,
                Optional documents_with_nul_in_ids [Nul],
                Required documents_with_ids_of_300_bytes,
                Optional documents_with_ids_of_10000_bytes,
                Optional documents_with_names_of_4000_bytes,
                Optional documents_with_names_of_100_kilobytes,
                Required documents_nested_in_20_levels,
                Optional documents_nested_in_100_levels,
                Optional documents_nested_in_256_levels,
            }
            fields "§2, Sort" {
                Required sort_default_is_by_name,
                Required sort_id_ascending,
                Required sort_id_descending,
                Required sort_name_ascending,
                Required sort_name_descending,
                Required sort_visibility_ascending,
                Required sort_visibility_descending,
                Required sort_num_monitors_ascending,
                Required sort_num_monitors_descending,
                Required sort_num_departments_ascending,
                Required sort_num_departments_descending,
                Required sort_updated_at_ascending,
                Required sort_updated_at_descending,
            }
            order "§2, Sort" {
                Required sort_empty_is_by_id,
                Required sort_field_missing_in_all_units,
                Required sort_field_equal_in_all_units,
                Required sort_undocumented_field,
                Required sort_dotted_path,
                Required sort_path_through_scalars,
                Required sort_two_keys,
                Required sort_three_documented_keys,
                Required sort_ties_take_the_direction_of_the_last_key,
                Required sort_id_among_the_keys,
                Required sort_reversed,
                Required sort_by_31_keys,
                Optional sort_by_32_keys,
                Required sort_paths_with_special_characters,
                Optional sort_path_ignores_dotted_keys,
                Optional sort_path_of_256_segments,
            }
            values "§2, Sort" {
                Required sort_types_undocumented_field,
                Required sort_types_name,
                Required sort_types_visibility,
                Required sort_types_num_monitors,
                Required sort_types_num_departments,
                Required sort_types_updated_at,
                Required sort_types_dotted_path,
                Required sort_missing_is_null,
                Required sort_strings_by_bytes,
                Required sort_names_by_bytes,
                Required sort_visibility_by_bytes,
                Required sort_ids_by_bytes,
                Optional sort_strings_with_nul [Nul],
                Required sort_numbers_by_value,
                Required sort_equal_numbers_tie,
                Required sort_large_integers,
                Required sort_large_integers_beside_doubles,
                Optional sort_numbers_beyond_64_bits [Digits],
                Optional sort_nan_and_infinities,
                Required sort_objects,
                Required sort_objects_by_stored_order,
            }
            dates "§2, Sort" {
                Required sort_dates_by_instant,
                Required sort_dates_in_custom_fields,
                Optional sort_dates_of_far_years,
                Required sort_updated_at_is_an_instant,
                Optional sort_updated_at_without_milliseconds,
            }
            arrays "§2, Sort" {
                Required array_smallest_when_ascending,
                Required array_largest_when_descending,
                Required array_empty_before_null,
                Required array_of_several_types,
                Required array_inside_array_is_whole,
                Required array_under_documented_fields,
                Required array_ties_by_id,
                Required array_on_a_path,
                Required array_on_a_path_deeper,
                Required array_elements_other_than_objects,
                Required array_index,
                Required array_picked_by_index_is_whole,
                Required array_index_or_key,
                Required array_pairs_from_one_element,
                Required array_beside_scalars,
                Required array_parallel_is_refused,
                Required array_parallel_inside_elements,
                Required array_parallel_only_where_it_matches,
            }
            mongodb "§2, Sort" {
                Required mongodb_btree_key_generator_test,
                Required mongodb_sort_key_generator_test,
                Required mongodb_sort_dotted_paths,
                Required mongodb_sort_dotted_paths_numeric,
                Required mongodb_sort_dotted_paths_parallel_arrays,
                Required mongodb_sort_array,
                Required mongodb_sort1,
                Required mongodb_sort5,
                Required mongodb_sort6,
                Required mongodb_sort8,
                Required mongodb_sort9,
                Required mongodb_sort10,
                Required mongodb_sorta,
                Required mongodb_sort4,
                Required mongodb_indexu,
                Required mongodb_document_source_sort_test,
                Required mongodb_bson_obj_test,
                Required mongodb_document_value_test,
                Optional mongodb_integers_beside_large_doubles,
                Optional mongodb_arrays_on_deep_paths,
                Optional mongodb_indexes_that_mongodb_refuses,
            }
            mongodb "§2, Text" {
                Required mongodb_regex_unicode,
            }
            text "§2, Text" {
                Required text_is_a_part_of_the_name,
                Required text_with_sort_and_page,
                Required text_of_one_character,
                Required text_of_two_characters,
                Required text_of_three_characters,
                Required text_that_overlaps_itself,
                Required text_ignores_names_of_other_types,
                Required text_ignores_arrays_of_names,
                Required text_in_an_empty_name,
                Required text_in_a_name_of_thousands_of_characters,
                Optional text_in_a_name_of_100_kilobytes,
                Optional text_in_a_name_with_nul [Nul],
                Optional text_of_1000_bytes,
                Optional text_of_32764_bytes,
                Optional text_of_32764_metacharacters,
            }
            literal "§2, Text" {
                Required text_regex_metacharacters,
                Required text_regex_escapes,
                Required text_like_wildcards,
                Required text_glob_wildcards,
                Required text_full_text_syntax,
                Required text_sql,
                Required text_json,
                Required text_ignores_other_fields,
                Required text_with_spaces,
                Required text_with_other_whitespace,
                Required text_with_line_separators,
                Required text_across_lines,
                Required text_with_control_characters,
                Required text_with_invisible_characters,
                Required text_with_emoji,
                Required text_with_scripts_without_case,
                Required text_is_not_normalised,
            }
            folding "§2, Text" {
                Required fold_ascii,
                Required fold_latin,
                Required fold_cyrillic_and_greek,
                Optional fold_kelvin_sign,
                Optional fold_angstrom_and_ohm_signs,
                Optional fold_long_s,
                Optional fold_sharp_s,
                Optional fold_sigma,
                Optional fold_turkish_i,
                Optional fold_greek_symbols,
                Optional fold_titlecase,
                Optional fold_cherokee,
                Optional fold_georgian,
                Optional fold_cyrillic_variants,
                Optional fold_astral,
                Optional fold_is_never_longer,
                Optional fold_keeps_newer_pairs_apart,
                Optional fold_all_classes,
                Optional fold_keeps_other_pairs_apart,
            }
            pages "§2, Page policy" {
                Required page_default,
                Required page_first_middle_and_last,
                Required page_of_one,
                Required page_end_to_end,
                Required page_among_ties,
                Required page_past_the_end,
                Required page_of_the_largest_numbers,
                Required page_of_64_bits,
                Required page_unlimited,
                Required page_total,
                Required page_again,
                Required collection_empty,
                Required collection_of_one,
                Required collection_of_2000,
            }
            cursors "§2, Sort" {
                Required cursor_after_first_middle_and_last [Cursors],
                Required cursor_id [Cursors],
                Required cursor_name [Cursors],
                Required cursor_visibility [Cursors],
                Required cursor_num_monitors [Cursors],
                Required cursor_num_departments [Cursors],
                Required cursor_updated_at [Cursors],
                Required cursor_of_several_keys [Cursors],
                Required cursor_of_an_empty_sort [Cursors],
                Required cursor_among_ties [Cursors],
                Required cursor_with_id_among_the_keys [Cursors],
                Required cursor_of_the_type [Cursors],
                Required cursor_of_a_unit_that_is_gone [Cursors],
                Required cursor_of_a_unit_that_has_changed [Cursors],
                Required cursor_of_a_department [Cursors],
                Required cursor_with_text [Cursors],
                Required cursor_with_scope [Cursors],
                Required cursor_with_pages [Cursors],
                Required cursor_with_other_limits [Cursors],
                Required cursor_past_the_end [Cursors],
                Required cursor_again [Cursors],
            }
            cursor_values "§2, Sort" {
                Required cursor_types_name [Cursors],
                Required cursor_types_visibility [Cursors],
                Required cursor_types_num_monitors [Cursors],
                Required cursor_types_num_departments [Cursors],
                Required cursor_types_updated_at [Cursors],
                Required cursor_missing_is_null [Cursors],
                Required cursor_strings_by_bytes [Cursors],
                Required cursor_of_equal_numbers [Cursors],
                Required cursor_of_large_numbers [Cursors],
                Optional cursor_of_numbers_beyond_64_bits [Cursors Digits],
                Optional cursor_of_nan_and_infinities [Cursors],
                Required cursor_of_dates [Cursors],
                Required cursor_read_from_its_text [Cursors],
            }
            cursor_extremes "§2, Sort" {
                Required cursor_of_odd_names [Cursors],
                Required cursor_of_odd_ids [Cursors],
                Required cursor_of_ids_of_300_bytes [Cursors],
                Required cursor_of_names_of_1000_bytes [Cursors],
                Optional cursor_of_names_of_4000_bytes [Cursors],
                Optional cursor_of_names_of_100_kilobytes [Cursors],
                Optional cursor_longer_than_all_units [Cursors],
                Optional cursor_with_nul [Cursors Nul],
            }
            cursor_paths "§2, Sort" {
                Required cursor_of_arrays [Cursors],
                Required cursor_of_an_empty_array [Cursors],
                Required cursor_among_tied_arrays [Cursors],
                Required cursor_among_parallel_arrays [Cursors],
                Optional cursor_undocumented_field [Cursors],
                Optional cursor_types_undocumented_field [Cursors],
                Optional cursor_dotted_path [Cursors],
                Optional cursor_array_on_a_path [Cursors],
            }
            walks "§2, Sort" {
                Required cursor_walk_by_every_size [Cursors],
                Required cursor_walk_by_every_field [Cursors],
                Required cursor_walk_of_600 [Cursors],
                Optional writes_at_the_end_of_a_page [Cursors Writes],
                Optional writes_move_units_between_pages [Cursors Writes],
                Optional writes_between_pages [Cursors Writes],
            }
            scope "§3" {
                Required scope_of_some,
                Required scope_empty,
                Required scope_of_unknown_ids,
                Required scope_tells_ids_apart,
                Required scope_with_text,
                Required scope_with_sort_and_page,
                Required scope_of_odd_ids,
                Required scope_of_5000_ids,
                Optional scope_of_70000_ids,
            }
            injection "§2" {
                Required injection_in_texts,
                Required injection_in_sort_keys,
                Required injection_in_fields,
                Required injection_in_ids,
                Required injection_in_cursors [Cursors],
                Optional writes_with_hostile_ids [Writes],
            }
            writes "§4" {
                Optional writes_add_and_remove [Writes],
                Optional writes_replace [Writes],
                Optional writes_change_types [Writes],
                Optional writes_one_after_another [Writes],
                Optional writes_beside_readers_keep_the_total [Writes],
                Optional writes_beside_readers_are_of_one_instant [Writes],
                Optional writes_beside_readers_move_units [Writes],
            }
            random "§2" {
                Required random_sorts,
                Required random_texts,
                Required random_scopes_and_pages,
                Required random_arrays,
                Required random_mixtures,
                Required random_cursors [Cursors],
            }
        }
    };
}

macro_rules! all_cases {
    (
        $($file:ident $section:literal {
            $($requirement:ident $name:ident $([$($group:ident)+])?,)*
        })*
    ) => {
        /// Every case, in the order of SPEC. The cases about cursors follow the pages; the
        /// random cases are last.
        pub static CASES: &[Case] = &[$($(
            Case {
                name: stringify!($name),
                section: $section,
                requirement: Requirement::$requirement,
                groups: &[$($(Group::$group),+)?],
                check: $file::$name,
            },
        )*)*];
    };
}

crate::__conformance_cases! { [all_cases] }

/// The case of this name.
pub(crate) fn named(name: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.name == name)
}
