//! The contract of the relational ports, held by the same functions on each database.
//!
//! PostgreSQL's need `STUDYHALL_TEST_POSTGRES_URL` (a role that may create databases), as `cargo xtask services env` prints
//! it; without it they fail.

#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod admin;
mod audit;
mod backend;
mod conversations;
mod friends;
mod groups;
mod migrations;
mod network;
mod notifications;
mod people;
mod reports;
mod robustness;
mod sessions;
mod tasks;

/// One test per database for each function.
macro_rules! contract_tests {
    ($($module:ident { $($test:ident),* $(,)? })*) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test]
                async fn $test() {
                    let backend = crate::backend::Backend::sqlite().await;
                    crate::$module::$test(&backend).await;
                })*
            })*
        }

        mod postgres {
            $(mod $module {
                $(#[tokio::test]
                async fn $test() {
                    let backend = crate::backend::Backend::postgres().await;
                    crate::$module::$test(&backend).await;
                    backend.remove().await;
                })*
            })*
        }
    };
}

contract_tests! {
    accounts {
        register_gives_the_account_and_its_session,
        a_name_is_given_once,
        a_failed_registration_leaves_nothing,
        a_profile_changes_in_part,
        taking_the_address_away_takes_both,
        credentials_are_found_by_name_and_verified_address,
        a_password_ends_every_other_session,
        a_role_is_followed_by_a_revocation,
        an_avatar_is_erased_once_nobody_has_it,
        a_blob_is_doomed_or_held,
        holding_and_dooming_at_once_never_both_succeed,
        deletion_erases_and_keeps_the_name,
        many_ids_at_once,
    }
    people {
        search_is_by_prefix_of_names,
        search_takes_no_patterns,
        search_folds_case_and_composition,
        search_pages_by_username,
        search_leaves_out_who_is_gone,
        search_follows_the_display_name,
    }
    sessions {
        rotation_spends_a_token_once,
        a_repeat_gives_the_unused_successor,
        a_used_successor_makes_a_repeat_a_reuse,
        a_late_repeat_ends_the_session,
        another_successor_is_never_given,
        an_unused_session_is_unknown,
        simultaneous_refreshes_share_one_successor,
        sessions_are_listed_last_used_first,
        standing_tells_what_a_request_needs,
        ended_sessions_are_revoked_in_order,
        simultaneous_revocations_have_no_holes,
        pruning_forgets_what_is_old,
    }
    conversations {
        a_direct_conversation_is_made_once,
        simultaneous_openings_make_one,
        an_unknown_peer_is_not_found,
        memberships_know_the_peer,
        a_cursor_only_moves_forward,
        moved_cursors_are_announced_once,
        notify_is_set_for_members,
        the_outbox_keeps_its_order,
    }
    friends {
        asking_and_accepting,
        asking_whom_one_was_asked_by_is_accepting,
        two_who_ask_at_once_are_friends,
        declining_and_taking_back_tell_one_side,
        requests_are_limited_in_number,
        a_block_ends_what_there_was,
        accepting_and_blocking_at_once_end_in_one_of_the_two,
        who_may_see_whom,
        lists_are_by_name,
        a_deleted_account_has_no_friends,
        any_order_of_calls_keeps_the_rules,
    }
    groups {
        a_group_begins_with_its_owner,
        a_private_group_does_not_exist_for_others,
        a_change_is_told_and_found_again,
        public_groups_are_found_by_words,
        the_members_are_listed_by_rank,
        joining_is_as_the_policy_says,
        requests_to_join_are_answered_once,
        whose_policy_shuts_one_out_is_invited,
        the_last_use_of_an_invitation_is_one_persons,
        expired_and_withdrawn_invitations_are_none,
        who_is_banned_stays_out,
        leaving_and_removing_are_told,
        two_admins_who_demote_each_other,
        an_owner_who_leaves_while_transferring,
        a_deleted_group_is_gone_for_all,
        a_deleted_account_leaves_its_groups,
        what_is_done_is_recorded,
    }
    tasks {
        a_task_comes_back_as_it_was_owed,
        a_task_is_claimed_when_due_and_by_one,
        an_abandoned_task_is_due_again_and_its_claim_is_void,
        simultaneous_claims_share_no_task,
        a_failed_task_waits_and_dies_in_the_end,
        a_retry_hastens_only_what_failed,
        a_recurring_task_is_there_once,
        a_broker_is_handed_each_task_once,
        tasks_are_listed_newest_first,
        only_old_and_done_tasks_are_pruned,
    }
    notifications {
        a_notification_is_kept_as_it_was_said,
        reading_is_told_once,
        simultaneous_readings_are_told_once,
        old_notifications_are_forgotten,
    }
    audit {
        entries_follow_one_another,
        entries_are_found_by_actor_and_action,
        simultaneous_entries_make_one_chain,
        the_log_cannot_be_changed_in_passing,
        an_edit_is_found,
        an_edit_with_a_new_hash_is_found,
        a_deletion_is_found,
        a_reordering_is_found,
        a_log_that_was_cut_with_its_head_differs_from_what_was_noted,
    }
    admin {
        a_role_is_given_recorded_and_told,
        a_refusal_changes_nothing_and_is_recorded,
        a_part_that_is_refused_refuses_the_whole,
        suspending_ends_every_session_and_restoring_begins_none,
        the_last_superuser_stays,
        simultaneous_demotions_leave_a_superuser,
        simultaneous_resignations_leave_a_superuser,
        simultaneous_suspensions_end_a_session_once,
        accounts_are_listed_by_name_and_role,
        a_reset_link_is_spent_once,
        a_reset_link_does_not_outlive_its_reasons,
        what_an_operator_does_is_recorded_without_an_actor,
        figures_count_what_is_there,
    }
    reports {
        a_message_is_reported_once_until_it_is_resolved,
        who_may_not_resolve_is_refused_and_recorded,
        a_deletion_is_owed_to_the_stream_and_recorded,
        suspending_the_author_goes_by_rank,
        simultaneous_resolutions_are_one,
    }
    robustness {
        the_database_answers,
        dropped_callers_leave_no_transaction_open,
        many_callers_at_once,
    }
    migrations {
        migrating_again_changes_nothing,
        many_start_at_once,
        a_newer_schema_is_refused,
    }
}
