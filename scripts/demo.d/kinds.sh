# shellcheck shell=bash
# shellcheck disable=SC2154  # the words and names are those of stage.sh
# The demo's acts after the webhooks: access, licences, money. Sourced by scripts/demo after stage.sh.

wallet() { curl --silent --fail --max-time 10 "http://127.0.0.1:$wallet_port/_double/$1" "${@:2}"; }
licence() { curl --silent --fail --max-time 10 "http://127.0.0.1:$licence_port/_double/$1" "${@:2}"; }
# What a double's list of JSON objects says about $1, a Python expression over `all`.
count_in() { python3 -c 'import json, sys; all = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
charges_of() { wallet ledger | count_in "sum(t['project_id'] == '$1' for t in all)"; }
requests_with() { wallet requests | count_in "sum('$1' in r['body'] for r in all)"; }
has_keys() { [ "$(keys_of "$1")" = "$2" ]; }
keys_of() {
  sql "SELECT COUNT(*) FROM wp_memberlux_term_keys k JOIN wp_users u ON u.ID = k.user_id
       WHERE u.user_email = '$1' AND k.status = 'used'"
}
state_of() {
  "$program" --config "$config" jobs show "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["state"])'
}
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }

# --- access ------------------------------------------------------------------------------------------------------

# ask_for_access E-MAIL EXTERNAL_ID [curl options]: what a CRM sends; prints the answer's status and body
ask_for_access() {
  curl --silent --max-time 30 --write-out '%{http_code} ' --output "$stage/answer" "${@:3}" \
    -H "X-API-Key: $grant_key" -H 'Content-Type: application/json' "$site_url/wp-json/mlgb/v1/grant" \
    --data "{\"user\": {\"email\": \"$1\", \"first_name\": \"Dora\"}, \"external_id\": \"$2\", \"source\": \"crm\",
             \"grant\": {\"term_id\": $(course), \"duration\": 6, \"units\": \"month\"}}"
  cat "$stage/answer"
  printf '\n'
}
course() { sql "SELECT term_id FROM wp_terms WHERE name = 'Course'"; }

act_access() {
  step "A CRM sells Dora half a year: one POST to the site, answered at once"
  ask_for_access dora@example.test crm-1001 -H 'Prefer: respond-async'
  await "Dora has her access" 30 has_keys dora@example.test 1
  step "The CRM is not sure that it arrived and sends it again, twice"
  ask_for_access dora@example.test crm-1001
  ask_for_access dora@example.test crm-1001 -H 'Prefer: respond-async'
  await "and the webhooks that follow a new access are delivered" 20 deliveries_are "state = 'done'" 14
  expect "keys that Dora has now" "$(keys_of dora@example.test)" 1
  say "What the site wrote down about it (wp_dormouse_grant_audit):"
  table "SELECT id, request_id, step, detail FROM wp_dormouse_grant_audit ORDER BY id"
}

# --- licences ----------------------------------------------------------------------------------------------------

period_is_known() { licence rows | grep -q billing_interval; }

act_licence() {
  step "Erik's subscription becomes active in the shop"
  wp_run "$root/scripts/demo.d/subscribe.php" erik@example.test >/dev/null
  await "the licence server knows the subscription and its period" 30 period_is_known
  licence rows | python3 -m json.tool | sed 's/^/  /'
  say "Every try is in the audit log:"
  cat "$stage/period-push.log"
}

# --- money -------------------------------------------------------------------------------------------------------

act_money() {
  local job key
  step "Fay's wallet is charged; the wallet takes the money, and the connection breaks before it can say so"
  wallet wallets --data '{"project_id": "fay", "balance": 5000}' >/dev/null
  wallet faults --data '{"drop": "after_commit"}' >/dev/null
  read -r job key < <(wp_run "$root/scripts/demo.d/charge.php" fay 990 fay@example.test)
  await "the charge is done" 60 is_in_state "$job" "done"
  expect "requests that the wallet saw, all with the key $key" "$(requests_with "$key")" 2
  expect "charges in the wallet's books" "$(charges_of fay)" 1
  await "and so Fay has her access: the job that followed the charge" 20 has_keys fay@example.test 1

  step "Gil's wallet is empty"
  wallet wallets --data '{"project_id": "gil", "balance": 10}' >/dev/null
  read -r job key < <(wp_run "$root/scripts/demo.d/charge.php" gil 990 gil@example.test)
  await "the charge waits for the money: tomorrow, and then three times more" 30 is_in_state "$job" scheduled
  run_dormouse jobs show "$job"
  table "SELECT project, amount, state, dunning, transaction_id FROM wp_dormouse_charge"
  expect "charges in the wallet's books" "$(charges_of gil)" 0
  expect "keys that Gil has" "$(keys_of gil@example.test)" 0
  run_dormouse cancel "$job"
}
