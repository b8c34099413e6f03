# shellcheck shell=bash
# shellcheck disable=SC2154  # the words and names are those of stage.sh
# The demo's night: students whose access ended are found, and written to. Sourced by scripts/demo after stage.sh.

declare -A night=()  # ids of the level and of the students
letters_to() { python3 "$root/scripts/demo.d/show_letters.py" "$stage/mail/mails.jsonl" "$1"; }
has_letters() { [ "$(letters_to "$1")" = "$2" ]; }
published="(SELECT MAX(id) FROM wp_dormouse_scan WHERE state = 'done')"
a_scan_is_done() { [ "$(sql "SELECT $published")" != NULL ]; }
runs_of() {
  "$program" --config "$config" schedules history "$1" --json |
    python3 -c 'import json, sys; print(len(json.load(sys.stdin)["history"]))'
}
letters_are() { [ "$(sql "SELECT COUNT(*) FROM wp_dormouse_reminder WHERE state = '$1'")" = "$2" ]; }
has_run() { [ "$(runs_of "$1")" -ge "$2" ]; }
ledger() {
  table "SELECT r.id, u.user_login AS student, r.lapse, r.stage, r.state, r.reason
         FROM wp_dormouse_reminder r JOIN wp_users u ON u.ID = r.user_id ORDER BY u.user_login, r.stage"
}

act_night() {
  local name id
  step "A level with three letters, and students whose access to it ended"
  while read -r name id; do night[$name]=$id; done < <(wp_run "$root/scripts/demo.d/night.php")
  table "SELECT u.user_login AS student, k.date_start, k.date_end, k.status
         FROM wp_memberlux_term_keys k JOIN wp_users u ON u.ID = k.user_id
         WHERE k.term_id = ${night[level]} ORDER BY u.user_login, k.date_end"
  say "Jana has renewed, Kai got his certificate by hand, Lena has access until tomorrow."

  step "The scheduler scans at night; the operator does not wait until then"
  start_scheduler
  run_dormouse schedules list
  run_dormouse schedules run-now sleepers-scan
  await "the scan is done" 30 a_scan_is_done
  table "SELECT u.user_login AS sleeper, s.lapse, s.days FROM wp_dormouse_sleeper s JOIN wp_users u ON u.ID = s.user_id
         WHERE s.run_id = $published"
  expect "sleepers" "$(sql "SELECT COUNT(*) FROM wp_dormouse_sleeper WHERE run_id = $published")" 2

  step "Why is Kai no sleeper?"
  run_dormouse explain --user "${night[kai]}" --level "${night[level]}"

  step "Which letters would go in the next month, if nobody did anything?"
  run_dormouse simulate --from "$(date -u +%F)" --days 30 2>&1

  step "The letters go out, through a mail server"
  run_dormouse schedules run-now reminders
  await "Hanna has her first letter" 60 has_letters hanna@example.test 1
  await "Igor, who slept for twelve days unseen, has the one that is due now" 60 has_letters igor@example.test 1
  python3 "$root/scripts/demo.d/show_letters.py" "$stage/mail/mails.jsonl"
  say "The ledger knows every letter, and prevents that one goes twice:"
  await "the ledger says so" 20 letters_are sent 2
  ledger

  step "The planner runs again; nobody gets a letter twice"
  run_dormouse schedules run-now reminders
  await "it has run" 30 has_run reminders 2
  run_dormouse letters list
  expect "letters in the mail server's folder" "$(wc -l <"$stage/mail/mails.jsonl")" 2
}
