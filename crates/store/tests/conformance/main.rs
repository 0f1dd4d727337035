//! One suite for both databases: what holds of the record on SQLite holds on PostgreSQL.

mod access;
mod accounts;
mod actions;
mod affected;
mod attempts;
mod chain;
mod columns;
mod content;
mod cut_off;
mod emergency;
mod erasure;
mod evidence;
mod idempotency;
mod identities;
mod incidents;
mod incidents_aside;
mod invitations;
mod jobs;
mod limits;
mod logins;
mod near_misses;
mod outside;
mod pages;
mod places;
mod races;
mod recurrences;
mod restricted;
mod retros;
mod search;
mod second_factors;
mod support;
mod tokens;

/// Runs checks of the suite on both databases.
macro_rules! conformance {
    ($($module:ident: $($name:ident)*;)*) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let (_folder, store) = crate::places::sqlite().await;
                    crate::$module::$name(store).await;
                })*
            })*
        }

        mod postgres {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let name = concat!(stringify!($module), "_", stringify!($name));
                    let Some(store) = crate::places::postgres(name).await else { return };
                    crate::$module::$name(store).await;
                })*
            })*
        }
    };
}

conformance! {
    access:
        is_listed_by_person_while_it_is_good
        is_ended_one_by_one_or_all_of_a_person
        tells_when_a_token_was_last_used;
    accounts:
        are_found_again
        an_address_is_taken_once
        change_their_role_password_and_standing
        somebody_is_left_who_administers
        two_who_step_back_at_once_do_not_both
        whom_a_restricted_incident_needs_has_a_successor
        have_names_that_do_not_look_alike
        lose_sessions_and_tokens_with_the_password;
    attempts:
        count_by_account_and_source_within_a_window
        that_succeed_are_taken_back
        that_succeed_together_meet_others_in_one_order
        at_the_same_moment_count_each_other
        are_removed_when_they_are_old
        of_strangers_take_turns
        from_known_sources_are_told_from_others;
    identities:
        are_found_by_issuer_and_subject_only
        one_signs_in_to_one_account_and_an_account_has_one
        end_with_the_access_of_the_account
        are_covered_by_the_audit_log
        a_role_that_is_kept_is_put_down
        a_sign_in_is_completed_once;
    invitations:
        give_a_role_once_until_they_expire
        two_who_use_one_at_once_do_not_both
        are_listed_and_withdrawn_while_unused
        end_when_their_maker_is_disabled_or_demoted
        to_the_first_account_end_with_it
        let_an_account_back_in_once
        by_mail_reset_a_password_once
        by_mail_are_for_accounts_with_a_password;
    logins:
        are_found_until_they_expire
        are_listed_with_their_device
        are_ended_by_their_own_person_only
        end_with_the_account_and_the_password
        are_good_within_the_lifetimes_of_the_server;
    races:
        nothing_made_after_a_deactivation_lets_in_after_a_reactivation
        nothing_made_during_a_deactivation_lets_in_after_a_reactivation
        what_was_left_of_an_earlier_time_ends_with_a_reactivation
        a_sign_in_with_a_password_that_is_being_changed_is_refused
        a_password_alone_signs_nobody_in_whose_second_factor_is_on;
    second_factors:
        count_once_they_are_confirmed_in_time
        a_step_is_accepted_once_by_whichever_server
        a_recovery_code_is_good_once_and_for_its_own_account
        end_with_their_codes_when_they_are_turned_off
        a_reset_ends_sessions_and_tells_its_person
        a_pending_sign_in_ends_once_and_with_the_password_or_the_account
        are_covered_by_the_audit_log_which_does_not_hold_the_secret;
    tokens:
        act_within_their_scopes
        are_over_when_expired_or_revoked_or_the_account_disabled
        are_revoked_by_their_own_person_only;
    incidents:
        are_numbered_and_found
        opened_at_once_get_numbers_without_gaps
        a_change_given_up_leaves_no_gap
        are_edited_only_as_they_were_seen
        go_through_their_statuses
        keep_every_decision_on_severity
        decisions_are_vouched_for_block_by_block
        the_highest_severity_decides_the_duties_until_a_lower_one_is_confirmed
        are_narrowed_by_every_filter
        words_are_found_in_any_language
        a_text_that_cannot_be_kept_is_refused_in_words
        are_counted_by_severity;
    incidents_aside:
        people_are_named_and_taken_off
        a_restricted_incident_keeps_somebody
        times_are_replaced_as_a_whole
        deadlines_are_replaced_and_stay_met
        what_is_due_is_the_same_for_who_is_named_in_few_and_in_many
        what_is_due_is_told_by_urgency
        the_first_response_counts
        a_response_before_the_deadline_is_known_meets_it
        an_approval_before_the_deadline_is_known_meets_it
        tags_come_and_go
        nothing_done_is_no_event;
    restricted:
        no_read_shows_one_to_others
        no_write_reaches_one_of_others
        emergency_access_reads_one_by_its_number_and_changes_nothing;
    emergency:
        tells_those_named_and_ends_by_itself
        is_for_a_restricted_incident_that_does_not_name_one
        is_ended_by_its_administrator_and_by_those_named
        ends_with_the_role_and_the_account
        opened_twice_at_once_is_opened_once
        is_read_only_after_it_is_put_down
        is_covered_by_the_audit_log;
    evidence:
        is_kept_byte_for_byte
        is_given_piece_by_piece
        keeps_its_bytes_though_nobody_waits_for_the_change
        the_same_bytes_are_one_evidence_of_the_latest_kind
        bytes_of_one_incident_are_not_those_of_another
        damage_is_told
        taken_in_again_mends_what_is_damaged;
    erasure:
        takes_the_bytes_and_keeps_that_they_were_there
        is_done_once_and_not_undone
        leaves_what_another_incident_needs
        and_uploads_of_the_same_files_do_not_lock_each_other_out
        at_the_moment_of_an_upload_loses_nothing;
    retros:
        there_is_one_for_an_incident
        two_sections_edited_at_once_are_both_kept
        what_was_read_before_another_change_is_not_saved
        go_through_their_states
        keep_every_revision
        rules_are_waived_and_the_waiver_taken_back
        an_edit_ends_a_review
        what_a_retro_states_ends_its_review_and_its_approval
        the_last_editor_is_who_changed_the_text
        a_waiver_covers_the_faults_that_it_names;
    actions:
        follow_the_retro
        a_change_of_the_retro_elsewhere_leaves_them_as_seen
        are_changed_only_as_they_were_seen
        are_listed_by_urgency
        are_the_same_for_who_owns_few_and_many
        and_sections_changed_at_once_do_not_lock_each_other_out;
    affected:
        a_list_taken_in_again_keeps_what_was_done
        are_changed_only_as_they_were_seen
        of_a_long_list_are_vouched_for_block_by_block
        of_one_incident_are_no_more_than_a_list_may_have
        settings_are_made_once;
    jobs:
        of_a_deadline_remind_before_it_and_after_it
        of_what_is_due_within_a_day_remind_at_once_and_of_what_is_late_once
        follow_a_deadline_that_moves_and_comes_back
        follow_a_policy_whose_day_begins_at_another_time
        of_an_action_that_was_opened_again_are_sent_again
        are_held_against_what_is_so_when_they_are_done
        of_a_deadline_tell_those_who_are_named
        of_an_action_tell_its_owner
        of_a_restricted_incident_tell_nobody_who_is_not_named
        of_near_misses_tell_approvers_who_may_know_of_one
        that_fail_are_put_off_and_then_wait_for_a_person
        given_up_with_their_change_are_not_there
        taken_by_two_at_once_are_done_once
        tell_people_who_read_it_themselves
        are_listed_page_by_page;
    recurrences:
        open_what_was_closed
        are_told_to_those_who_may_know_both
        go_back_in_time_only
        told_by_many_at_once_are_told_once
        are_proposed_where_the_same_was_found;
    search:
        finds_everything_that_is_said_of_an_incident
        follows_every_change
        finds_words_of_every_script_and_any_characters
        finds_every_part_of_a_word
        finds_what_is_behind_many_that_nearly_match
        shows_nothing_of_a_restricted_incident;
    near_misses:
        are_counted_by_span
        are_listed_with_tags_and_reviews
        a_month_marks_what_its_reviewer_may_know_of;
    chain:
        says_nothing_of_a_whole_log
        finds_a_log_written_anew_against_a_head_that_was_kept
        finds_a_changed_row
        finds_an_event_that_is_told_otherwise
        finds_a_deleted_row
        finds_an_inserted_row
        finds_swapped_rows
        finds_a_truncated_tail
        reads_more_than_one_page
        tells_what_happened_newest_first;
    content:
        an_edit_in_the_database_is_told_with_what_and_where_and_since_when
        an_end_of_the_log_that_was_cut_off_shows_in_the_record
        evidence_that_is_deleted_or_altered_is_told
        what_an_event_does_not_change_it_does_not_vouch_for
        no_digest_is_of_a_password_itself;
    outside:
        a_change_of_the_same_part_does_not_take_an_edit_over
        an_edit_of_the_index_hides_nothing
        an_edit_during_a_change_is_not_taken_over
        changes_at_once_find_nothing_changed
        the_first_review_of_near_misses_needs_an_event
        sessions_that_expire_are_an_event
        what_cannot_be_read_hides_nothing_else;
    pages:
        of_accounts
        of_tokens_and_logins
        of_evidence
        of_revisions
        of_what_is_due;
    idempotency:
        an_answer_is_kept_for_a_day
        the_same_key_at_once_is_kept_once;
}
